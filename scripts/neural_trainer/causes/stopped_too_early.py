"""The run ended while it was still learning.

Looks like: training and held-out loss still fall at the end, at a learning
rate that has not been lowered.

Why: a budget of steps or epochs that is too small, a patience that is too
short, or a process that ended.

Not to be confused with: lr-too-low (it falls slowly from the beginning); a run
that is still under way.

Settled by: the same run, resumed.

Fix: resume from the last checkpoint, for as many steps again; lower the rate
towards the end.

Sources: Godbole et al. 2023, Deep Learning Tuning Playbook (choosing the
number of steps).
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "stopped-too-early"
ISSUE = "The run ended while it was still learning"
CONFIRM = "Resume the run: the losses go on falling."
SETTING = "any"
PRIOR = 0.01
EXPECTS = {
    "loss-still-falling": 0.9,
    "loss-falls-straight": 0.2,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return what mends it, the best first."""
    return (
        words(
            "Resume from the last checkpoint for as many steps again, with a schedule that ends "
            "at the new last step.",
            "The losses go on falling until they bend.",
        ),
    )
