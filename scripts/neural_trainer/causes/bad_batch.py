"""A batch held values that are not finite, or far outside the rest.

Looks like: one spike of loss and gradient norm without a lead-up, at a step
that no learning rate, no epoch's edge and no restart explains; the loss is
back soon after. Or NaN at once, out of a quiet run.

Why: a corrupt or mislabelled sample, a division by zero in the preprocessing,
an empty or overlong sequence. One gradient of it can move Adam's moments for
hundreds of steps.

Not to be confused with: lr-too-high (the loss climbs before it breaks);
log-of-zero and fp16-overflow (the inputs are finite, the loss is not); an
isolated spike that clipping absorbs, which is healthy.

Settled by: the batch of that step, looked at: is every input and target finite
and in range? The same step with the batch left out.

Fix: check batches with isfinite and a range before they train; skip the step
whose loss is not finite; for a large spike start again from a checkpoint
before it and leave its batches out.

Sources: Chowdhery et al. 2022, arXiv:2204.02311, section 5.1 (restart about
100 steps earlier and skip 200 to 500 batches).
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings
from neural_trainer.symptoms.finding import at

ID = "bad-batch"
ISSUE = "A batch held values that are not finite, or far outside the rest"
CONFIRM = "The inputs and targets of that step's batch: finite, and in the range of the others?"
SETTING = "any"
PRIOR = 0.03
EXPECTS = {
    "batch-nonfinite": 0.5,
    "batch-leaps": 0.5,
    "loss-spike": 0.6,
    "loss-nonfinite": 0.45,
    "nonfinite-sudden": 0.9,
    "nonfinite-as-lr-rises": 0.1,
    "nonfinite-after-climb": 0.05,
    "gradients-exploding": 0.05,
    "gradient-nonfinite-alone": 0.1,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return the check of the batch at the step that was seen."""
    seen = findings.get("loss-nonfinite") or findings.get("loss-spike")
    step = f" of {at(run, seen.step)}" if seen else ""
    return (
        words(
            f"Look at the batch{step}: torch.isfinite(x).all(), and the range of inputs and "
            "targets.",
            "The sample that did it is found, or the data is cleared of it.",
            quick=True,
        ),
        words(
            "Skip the optimizer step when the loss or the gradient norm is not finite, and "
            "count it.",
            "A bad batch costs one step and no more.",
        ),
    )
