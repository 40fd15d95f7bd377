"""Memory grows with every step.

Looks like: memory that rises in a straight line to the end, and then
out-of-memory after hours; losses are healthy.

Why: losses kept with their graphs (total += loss), outputs appended to a list,
hooks that are added anew, a cache without bound.

Not to be confused with: caches and allocators that fill at the start; larger
batches later on.

Settled by: the number of live tensors before and after a hundred steps.

Fix: total += loss.item(), or detach() what is kept; remove hooks; bound
caches.

Sources: PyTorch documentation, FAQ, My model reports out of memory (do not
accumulate history across your training loop).
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "memory-leak"
ISSUE = "Memory grows with every step"
CONFIRM = "Count live tensors (gc.get_objects) before and after a hundred steps."
SETTING = "any"
PRIOR = 0.006
EXPECTS = {
    "memory-grows": 0.95,
    "steps-slow-down": 0.1,
    "crashed-out-of-memory": 0.02,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return what mends it, the best first."""
    return (
        words(
            "Keep loss.item() or loss.detach() in place of the loss, and detach every tensor "
            "that outlives its step.",
            "Memory is level after the first steps.",
            quick=True,
        ),
    )
