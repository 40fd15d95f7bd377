"""The largest attention logit grows and grows.

Its median over the last tenth of the measured steps is 100 or more and five
times that of the stretch from 10 % to 30 %, and it still rises over the last
third (slope over its standard error from 3). The softmax has a scale of its
own, so that 100 is a size of its own: it leaves exp(-100) for all but one
token. Small healthy transformers stay under 30. Wortsman et al. 2023
(arXiv:2309.14322) see logits grow before runs at high learning rates diverge,
and cure it with a norm of queries and keys.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.plain_text import shown_name
from neural_trainer.runs.run import Run
from neural_trainer.signals.course import slope, tail
from neural_trainer.signals.levels import decades, median
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.matrices import sound

ID = "attention-logits-grow"
NEEDS = {"attention logits": 20}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.0007
LARGE = 100.0
FACTOR = 5.0
RISES = 3.0  # standard errors


def find(run: Run) -> Finding | None:
    """Return the attention whose logits have grown most."""
    layers = sound(run)
    if layers is None or len(layers) < NEEDS["attention logits"]:
        return None
    level = decades(layers.activations["max_logit"])
    now = median(tail(level, 0.1))
    then = median(level[round(0.1 * len(level)) : round(0.3 * len(level))])
    grown = np.flatnonzero((now >= np.log10(LARGE)) & (now - then >= np.log10(FACTOR)))
    for column in grown[np.argsort(then[grown] - now[grown], kind="stable")]:
        late = np.isfinite(level[:, column]) & (np.arange(len(level)) >= 2 * len(level) // 3)
        if slope(layers.step[late], level[late, column]).z < RISES:
            continue
        small = np.flatnonzero(~(level[:, column] >= then[column] + np.log10(2)))
        step = float(layers.step[int(small[-1]) + 1 if len(small) else 0])
        sentence = (
            f"The largest attention logit of {shown_name(layers.modules[column].name)} is "
            f"{number(10 ** now[column])} at the end, {number(10 ** then[column])} early on; it "
            f"has been twice that from {at(run, step)} on and still rises."
        )
        return Finding(
            ID, step, (step, float(layers.step[-1])), 1.0, (sentence,),
            {"logit": float(10 ** now[column]), "modules": float(len(grown))},
            (layers.modules[column].name,),
        )  # fmt: skip
    return None
