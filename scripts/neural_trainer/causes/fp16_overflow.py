"""A number leaves the range of fp16.

Looks like: NaN or Inf out of a quiet run, or a loss scale that is halved again
and again, in training with fp16; the same step in fp32 or bf16 is finite.

Why: fp16 ends at 65,504. Activations of a large model, sums over many
elements, exponentials and losses times their scale pass it and become Inf, and
Inf - Inf is NaN.

Not to be confused with: log-of-zero (NaN in fp32 too); lr-too-high (the loss
climbs first); grad-scaler-stuck (no step is taken any more); bad-batch (one
batch does it, in any precision).

Settled by: the largest magnitude of each module's output beside 65,504; the
same batch in fp32.

Fix: bf16 in place of fp16; else the operation that overflows in fp32, and a
GradScaler.

Sources: PyTorch documentation, torch.finfo and Automatic Mixed Precision;
Hugging Face, transformers, debug_utils (DebugUnderflowOverflow).
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "fp16-overflow"
ISSUE = "A number leaves the range of fp16"
CONFIRM = "The same batch in fp32: it is finite. The largest magnitude of each module's output."
SETTING = "any"
PRIOR = 0.006
EXPECTS = {
    "nonfinite-in-fp16": 0.9,
    "loss-nonfinite": 0.5,
    "nonfinite-sudden": 0.6,
    "nonfinite-as-lr-rises": 0.1,
    "nonfinite-after-climb": 0.2,
    "loss-scale-falls": 0.4,
    "steps-skipped": 0.2,
    "gradient-nonfinite-alone": 0.3,
    "words-not-learnt": 0.1,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return what mends it, the best first."""
    return (
        Fix(
            {"config": {"training.precision": "bf16"}},
            "bf16 has the range of fp32: nothing overflows.",
            quick=True,
        ),
        words(
            "Run the operation that overflows (softmax, norms, the loss, sums) in fp32, and keep "
            "torch.amp.GradScaler.",
            "Every gradient is finite at a loss scale that settles.",
        ),
    )
