"""The held-out data is not held out, or holds the answer.

Looks like: held-out accuracy that is nearly perfect, at once, and no worse
than training; the same model fails on data that is really new.

Why: examples in both parts, near duplicates, rows of one person or day on both
sides, a scaler or selection fitted on all data, a feature made from the
target.

Not to be confused with: an easy task; causal-mask-missing (in language
models); padding-not-masked; dropout, which puts held-out loss below training
loss.

Settled by: hashes of the examples of both parts; the model with each single
feature shuffled.

Fix: split first, by group or by time, then fit what is fitted on the training
part alone.

Sources: Kapoor and Narayanan 2023, Leakage and the reproducibility crisis
(Patterns 4).
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "data-leakage"
ISSUE = "The held-out data is not held out, or holds the answer"
CONFIRM = "Hashes of the examples in both parts; accuracy after each single feature is shuffled."
SETTING = "any"
PRIOR = 0.006
EXPECTS = {
    "column-is-the-target": 0.25,
    "held-out-trained-on": 0.6,
    "eval-too-good": 0.8,
    "train-above-eval": 0.2,
    "eval-left-behind": 0.1,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return what mends it, the best first."""
    return (
        words(
            "Split first, by group or by time where rows belong together, drop duplicates across "
            "the parts, and fit scalers on the training part alone.",
            "Held-out figures come down to what new data gives.",
        ),
    )
