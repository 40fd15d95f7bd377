"""The device waits for data.

Looks like: a large part of each step goes by before a batch is there; losses
are healthy.

Why: too few workers, decoding and augmentation in the main process, small
files over a network, no pinned memory.

Not to be confused with: throughput-cliff (fast at first); a model so small
that any loader is slow beside it.

Settled by: the time of a step with one batch used again and again.

Fix: more workers, persistent and with prefetch; pinned memory; decode
beforehand.

Sources: PyTorch documentation, torch.utils.data, Multi-process data loading
and Memory pinning.
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "dataloader-bottleneck"
ISSUE = "The device waits for data"
CONFIRM = "The time of a step that uses one batch again and again."
SETTING = "any"
PRIOR = 0.01
EXPECTS = {
    "data-waits": 0.95,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return what mends it, the best first."""
    return (
        Fix(
            {"config": {"data.num_workers": 4}},
            "Batches are ready before the step asks for them.",
            quick=True,
        ),
        words(
            "Use persistent_workers=True, pin_memory=True and prefetch_factor=4, and decode or "
            "cache the examples beforehand.",
            "The share of a step that waits falls under a tenth.",
        ),
    )
