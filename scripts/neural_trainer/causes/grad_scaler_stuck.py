"""The loss scale is stuck where every step overflows, and no step is taken any more.

Looks like: a loss scale that is halved again and again and does not recover, or
that stays high at every step; skipped steps, parameters that stand still, a
loss that stops where it is.

Why: each step overflows: a gradient is Inf or NaN whatever the scale, so that
the scaler halves it and skips, for ever. NaN in an input, a division by zero or
an operation that overflows in fp16 does it; so does a scaler that is never
updated or made anew in each step, or gradients that are unscaled twice.

Not to be confused with: the first steps of fp16 training, in which the scale
settles; fp16-overflow (single steps overflow, the scale recovers);
optimizer-step-missing (no loss scale falls).

Settled by: which gradient is not finite at a scale of 1; the same step in
fp32 or bf16.

Fix: bf16 where the device has it, which needs no scale; else find the
operation that overflows and run it in fp32.

Sources: PyTorch documentation, Automatic Mixed Precision examples; Zhang et
al. 2022, arXiv:2205.01068 and its logbook (the loss scale at its minimum).
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "grad-scaler-stuck"
ISSUE = "The loss scale is stuck: steps overflow and are left out"
CONFIRM = "Which gradient is not finite at a loss scale of 1; the same step in fp32 or bf16."
SETTING = "any"
PRIOR = 0.003
EXPECTS = {
    "loss-scale-falls": 0.6,
    "steps-skipped": 0.9,
    "parameters-unmoved": 0.4,
    "parameters-seldom-move": 0.2,
    "loss-not-falling": 0.4,
    "loss-plateau": 0.3,
    "loss-nonfinite": 0.2,
    "layers-not-moving": 0.3,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return what keeps the steps."""
    return (
        Fix(
            {"config": {"training.precision": "bf16"}},
            "bf16 has the range of fp32: there is no scale, and no step is skipped.",
            quick=True,
        ),
        words(
            "Find the first tensor that is not finite, from the inputs on, and run its operation "
            "in fp32 (torch.autocast(enabled=False)).",
            "The loss scale settles and now and then doubles.",
        ),
    )
