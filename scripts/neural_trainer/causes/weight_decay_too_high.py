"""Weight decay pulls the weights down faster than training builds them up.

Looks like: the norm of the parameters shrinks from the first steps on and
settles low; the loss stops at a floor, or stands at that of a guess, in
training as well as held out.

Why: each step takes the share learning rate x decay off the weights, so that
they hold no more than about 1 / (rate x decay) steps of training.

Not to be confused with: networks with normalisation after each layer, whose
weights shrink without loss; capacity-too-small (the same floor, and weights
that grow); lr-too-low (weights that stay).

Settled by: the same run with a tenth of the decay.

Fix: a tenth of the decay; none on biases, norms and embeddings.

Sources: Loshchilov and Hutter 2019, arXiv:1711.05101; Wang and Aitchison 2024,
arXiv:2405.13698 (the time scale 1 / (rate x decay)).
"""

from __future__ import annotations

from collections.abc import Mapping

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "weight-decay-too-high"
ISSUE = "Weight decay pulls the weights down faster than training builds them up"
CONFIRM = "The same run with a tenth of the weight decay: the parameters' norm no longer shrinks."
SETTING = "any"
PRIOR = 0.006
EXPECTS = {
    "param-norm-shrinks": 0.9,
    "parameters-leap": 0.3,
    "loss-plateau": 0.6,
    "loss-at-chance": 0.2,
    "loss-not-falling": 0.2,
    "loss-diverging": 0.1,
}
SHARE = 0.1


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return a tenth of the decay, as a number where the configuration holds it."""
    better = "The norm of the parameters stays or grows, and the loss passes its floor."
    spare = words(
        "Leave biases, norms and embeddings out of the decay: give them a parameter group with "
        "weight_decay=0.",
        "They keep the scale that they have learnt.",
    )
    found = _decay(run.config)
    if found is None:
        return words("Train with a tenth of the weight decay.", better), spare
    key, value = found
    lower = float(f"{SHARE * value:.2g}")
    if "." not in key:
        return words(f"Train with {key} {lower:g} in place of {value:g}.", better), spare
    return Fix({"config": {key: lower}}, better), spare


def _decay(config: Mapping[str, object]) -> tuple[str, float] | None:
    """Return the dotted key of the weight decay and its value."""
    for key, value in config.items():
        if isinstance(value, Mapping):
            inner = _decay(value)
            if inner is not None:
                return f"{key}.{inner[0]}", inner[1]
        elif key in ("weight_decay", "wd") and isinstance(value, (int, float)) and value > 0:
            return key, float(value)
    return None
