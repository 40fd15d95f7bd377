"""The model learns its training data by heart.

Looks like: the held-out loss has a lowest point and rises from there, while
the training loss goes on falling.

Why: past that point what is learnt holds for the training samples alone: too
many passes over too little data, for the regularisation there is.

Not to be confused with: train-val-mismatch (the gap is there from the start
and does not grow); data-leakage (held-out better than it can be); a held-out
loss that rises because the model grows too certain while its accuracy still
improves: the same fix, less harm.

Settled by: the held-out metric at the lowest point of the held-out loss
against the end; the same run with more data or a stronger regulariser.

Fix: keep the checkpoint of the lowest held-out loss; more or augmented data;
weight decay or dropout; fewer epochs.

Sources: Goodfellow, Bengio and Courville 2016, Deep Learning, sections 5.2 and
7.8.
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings
from neural_trainer.symptoms.finding import at

ID = "overfitting"
ISSUE = "The model learns its training data by heart"
CONFIRM = "The held-out metric at the lowest held-out loss, beside the one at the end."
SETTING = "supervised"
PRIOR = 0.1
EXPECTS = {
    "eval-metric-falls": 0.4,
    "eval-gap-growing": 0.95,
    "loss-plateau": 0.45,
    "eval-accuracy-stands": 0.7,
    "eval-turns": 0.8,
    "eval-best-at-first": 0.3,
    "eval-left-behind": 0.5,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return the stop at the best point, and what moves it further out."""
    gap = findings.get("eval-gap-growing")
    where = f" (about {at(run, gap.window[0])})" if gap else ""
    return (
        words(
            f"Keep the checkpoint of the lowest held-out loss{where} and stop there.",
            "The model in use is the best that this run has made.",
            quick=True,
        ),
        words(
            "More training data, or augmentation that keeps the label.",
            "The lowest held-out loss is lower and comes later.",
        ),
        words(
            "Stronger regularisation: weight decay on the weight matrices, dropout, a smaller "
            "learning rate for a fine-tune, fewer epochs.",
            "The held-out loss rises later and less.",
        ),
    )
