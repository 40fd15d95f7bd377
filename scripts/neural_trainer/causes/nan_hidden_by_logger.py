"""The log hides that the loss is NaN.

Looks like: a loss that is zero, repeats its last value or looks healthy,
beside a gradient norm or parameters that are not finite.

Why: a logger that leaves NaN out of its mean, writes zero in its place, or a
NaN that is compared and never chosen.

Not to be confused with: a gradient that overflows in fp16 now and then and is
skipped; a loss that has reached zero.

Settled by: torch.isfinite of the loss itself, in the loop.

Fix: log the loss as it is; count what is not finite; stop at it.

Sources: Hugging Face, transformers documentation,
TrainingArguments.logging_nan_inf_filter.
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "nan-hidden-by-logger"
ISSUE = "The log hides that the loss is NaN"
CONFIRM = "torch.isfinite(loss) in the loop itself, at each step."
SETTING = "any"
PRIOR = 0.003
EXPECTS = {
    "gradient-nonfinite-alone": 0.9,
    "gradients-exploding": 0.2,
    "accuracy-constant": 0.3,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return what mends it, the best first."""
    return (
        words(
            "Log the loss itself, count losses that are not finite as a signal of their own (in "
            "transformers: logging_nan_inf_filter=False), and stop at the first.",
            "The log says when the loss became NaN.",
            quick=True,
        ),
    )
