"""The run ends in an error of a known kind other than want of the device's
memory: an index out of range on the device, a full disk, ranks that wait for
one another, tensors that do not fit …

Looked for where crashed-out-of-memory is. The kinds, the words that tell them
and what to do stand in runs/crash_reasons.py. Strength is 1; it is 0.5 where
the error says no more than that numbers were not finite or overflowed, whose
cause the course of the loss tells better.
"""

from __future__ import annotations

from neural_trainer.runs.crashes import crash
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import crashed_out_of_memory
from neural_trainer.symptoms.finding import Finding

ID = "crashed-otherwise"
NEEDS = {"printed text": 1}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 1e-5
OF_NUMBERS = {"non-finite", "loss-scale-spent"}
STRENGTH_OF_NUMBERS = 0.5


def find(run: Run) -> Finding | None:
    """Return the crash, with its reason in words of ours."""
    reason = crash(run)
    if reason is None or reason.id == crashed_out_of_memory.REASON:
        return None
    strength = STRENGTH_OF_NUMBERS if reason.id in OF_NUMBERS else 1.0
    return crashed_out_of_memory.told(run, ID, reason.cause, strength)
