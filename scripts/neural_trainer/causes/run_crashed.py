"""An error ended the run; its kind is known, and what to do about it.

Looks like: a log that stops in a traceback, or in what a scheduler or compiled
code says of an end: a device-side assert, a full disk, a worker of the data
loader that was killed, ranks that wait for one another, a missing key of a
checkpoint, tensors of other shapes, types or devices.

Why: as the error says; the sentence of the evidence names its kind.

Not to be confused with: out-of-memory, where the device's memory was full;
fp16-overflow, log-of-zero and bad-batch, where a program stopped itself at a
loss that was not finite.

Settled by: the last traceback of what was printed, of several ranks that of the
one that stopped first.

Fix: by the kind; runs/crash_reasons.py holds one for each.

Sources: PyTorch documentation, Frequently Asked Questions; CUDA semantics;
torchrun (Elastic Launch).
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.crash_reasons import UNKNOWN
from neural_trainer.runs.crashes import crash
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "run-crashed"
ISSUE = "An error ended the run"
CONFIRM = "The last traceback of what the run printed; of several ranks, of the first to stop."
SETTING = "crashed"
PRIOR = 0.003
EXPECTS = {
    "crashed-otherwise": 0.95,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return what mends a crash of this kind."""
    do = (crash(run) or UNKNOWN).do
    return (words(f"{do[0].upper()}{do[1:]}.", "The run passes the step that it stopped at."),)
