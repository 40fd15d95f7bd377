"""Workers draw the same random augmentations.

Looks like: overfitting that comes earlier than the augmentation should allow;
batches with examples that are altered alike.

Why: each loader worker starts from one and the same seed of numpy's global
generator, so that all draw the same numbers, and the same again each epoch.

Not to be confused with: overfitting (the augmentation works and is too
little); data-not-shuffled.

Settled by: the random numbers that two workers draw.

Fix: draw from torch's generator, or seed numpy in worker_init_fn from
torch.initial_seed().

Sources: PyTorch documentation, Randomness in multi-process data loading;
PyTorch 1.9 release notes.
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "augmentation-duplicated"
ISSUE = "Workers draw the same random augmentations"
CONFIRM = "Print the first random number that each worker draws: they are the same."
SETTING = "any"
PRIOR = 0.002
EXPECTS = {
    "eval-gap-growing": 0.6,
    "eval-accuracy-stands": 0.3,
    "eval-left-behind": 0.5,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return what mends it, the best first."""
    return (
        words(
            "In worker_init_fn call numpy.random.seed(torch.initial_seed() % 2**32), or draw "
            "from torch's generator.",
            "No two examples of a batch are altered alike.",
            quick=True,
        ),
    )
