"""The device ran out of memory.

Looks like: the run ends with CUDA out of memory, or is killed, often at the
first long batch, at the first evaluation or after hours.

Why: activations grow with batch and length; an optimizer holds two more
copies; fragments; or a leak.

Not to be confused with: memory-leak (memory rises to it); another process on
the device.

Settled by: the peak of memory by step, and the largest batch that fits.

Fix: smaller batches with accumulation, activation checkpointing, bf16,
sharding.

Sources: PyTorch documentation, CUDA semantics, Memory management.
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "out-of-memory"
ISSUE = "The device ran out of memory"
CONFIRM = "The peak of memory of the largest batch beside what the device has."
SETTING = "any"
PRIOR = 0.003
EXPECTS = {
    "memory-grows": 0.3,
    "crashed-out-of-memory": 0.9,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return what mends it, the best first."""
    return (
        words(
            "Halve the batch and accumulate over two; then activation checkpointing and bf16.",
            "The peak of memory stays under what the device has.",
            quick=True,
        ),
    )
