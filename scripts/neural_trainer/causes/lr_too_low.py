"""The learning rate is too low.

Looks like: the loss stands where it began, or falls by hairs, with healthy
gradients; each update moves the weights by a tiny share of their size.

Why: a learning rate for another optimizer, another batch size or a fine-tune;
a warm-up longer than the run; units mixed up.

Not to be confused with: parameters-frozen, parameters-not-in-optimizer,
optimizer-step-missing and graph-detached (the weights do not move at all);
lr-schedule-wrong (it was higher before); labels-wrong (the loss stands at the
entropy of the labels); a fine-tune that starts converged.

Settled by: the update-to-weight ratio of each tensor over one step; the same
run at ten times the learning rate; one batch, which must be overfitted.

Fix: raise the peak tenfold, and again while it helps; then refine by factors
of three.

Sources: Godbole et al. 2023, Deep Learning Tuning Playbook (learning rate
search).
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "lr-too-low"
ISSUE = "The learning rate is too low"
CONFIRM = (
    "The same run at ten times the learning rate; the share by which one step moves each tensor."
)
SETTING = "any"
PRIOR = 0.02
EXPECTS = {
    "loss-not-falling": 0.8,
    "loss-at-chance": 0.2,
    "loss-plateau": 0.1,
    "updates-tiny": 0.3,
    "layers-not-moving": 0.05,
    "parameters-barely-move": 0.6,
    "loss-falls-straight": 0.6,
    "rate-tiny": 0.2,
    "words-not-learnt": 0.1,
}
FACTOR = 10.0


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return the higher peak, and the check that the weights move at all."""
    falls = "The loss falls within the first tenth of the run."
    lr = run.get("lr")
    peak = float(lr.finite().value.max()) if lr is not None and len(lr.finite()) else 0.0
    raised = (
        Fix({"config": {"optimizer.lr": float(f"{FACTOR * peak:.1g}")}}, falls)
        if peak > 0
        else words("Raise the learning rate tenfold.", falls)
    )
    return (
        words(
            "Overfit one batch: if its loss does not fall either, the fault is not the rate.",
            "Tells a slow run from one whose weights do not move.",
            quick=True,
        ),
        raised,
    )
