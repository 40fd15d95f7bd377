"""The steps became slower and stay so.

Looks like: a step time that jumps, or creeps up, and does not come back;
losses are healthy.

Why: a device that throttles, a neighbour on the machine, memory that swaps, a
checkpoint or a log in each step, recompilation, a file system that fills.

Not to be confused with: dataloader-bottleneck (from the start); evaluations
and checkpoints, which slow single steps.

Settled by: a profile of ten steps, and of the machine, before and after.

Fix: what the profile names.

Sources: PyTorch documentation, torch.profiler.
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "throughput-cliff"
ISSUE = "The steps became slower and stay so"
CONFIRM = "A profile of ten slow steps beside ten fast ones; clocks and temperature of the device."
SETTING = "any"
PRIOR = 0.006
EXPECTS = {
    "steps-slow-down": 0.95,
    "data-waits": 0.1,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return what mends it, the best first."""
    return (
        words(
            "Profile ten steps now and after a restart: look at data, kernels, checkpoints and "
            "the device's clocks.",
            "The step time is again what it was.",
        ),
    )
