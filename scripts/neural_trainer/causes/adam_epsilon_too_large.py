"""The epsilon of Adam is larger than the gradients it is there to guard.

Looks like: a loss that hardly falls under a learning rate that is usual for
Adam, healthy gradients, parameters that move far less than the rate.

Why: Adam divides by the root of the mean squared gradient plus epsilon. Where
epsilon is the larger of the two, the step is rate x gradient / epsilon, and
small gradients move nothing. The gradients of large models are small: their
root mean square can come near the default of 1e-8.

Not to be confused with: lr-too-low (the parameters move by about the rate);
clipping-too-tight (matters little under Adam).

Settled by: the root mean square of the gradients beside epsilon; the same run
with epsilon 1e-8.

Fix: epsilon 1e-8, or 1e-15 where the gradients' root mean square is near that.

Sources: Kingma and Ba 2015, arXiv:1412.6980; Wortsman et al. 2023,
arXiv:2309.14322 (epsilon beside the gradients' root mean square).
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "adam-epsilon-too-large"
ISSUE = "The epsilon of Adam is larger than the gradients it is there to guard"
CONFIRM = "The gradients' root mean square beside epsilon; the same run with epsilon 1e-8."
SETTING = "any"
PRIOR = 0.004
EXPECTS = {
    "epsilon-above-gradients": 0.9,
    "parameters-barely-move": 0.7,
    "updates-held-back": 0.8,
    "loss-falls-straight": 0.4,
    "loss-not-falling": 0.4,
    "loss-at-chance": 0.2,
}
DEFAULT = 1e-8


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return the usual epsilon."""
    return (
        Fix(
            {"config": {"optimizer.eps": DEFAULT}},
            "Each step moves a weight by about the learning rate, and the loss falls.",
            quick=True,
        ),
    )
