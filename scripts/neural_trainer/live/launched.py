"""What a process that `neural-trainer launch` started knows of it: the run folder it is to fill."""

from __future__ import annotations

import faulthandler
import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

LAUNCH_FOLDER = ".launch"  # in a run folder: what launch keeps for itself; readers pass it by
FOLDER_VARIABLE = "NEURAL_TRAINER_LAUNCH"  # the run folder, absolute
ATTEMPT_VARIABLE = "NEURAL_TRAINER_ATTEMPT"  # from 1; only where launch reads the Monitor
CHECKPOINT_VARIABLE = "NEURAL_TRAINER_CHECKPOINT"  # at a restart: the newest whole checkpoint
STAGE_VARIABLE = "NEURAL_TRAINER_STAGE"  # "one-step", "smoke" or "full"
FULL = "full"  # the stage that is the run

STACKS = "stacks-{pid}.txt"  # where a process writes its stacks when STACK_SIGNAL reaches it
# SLURM and schedulers of their own say SIGUSR1; this one is rarely taken.
STACK_SIGNAL = getattr(signal, "SIGUSR2", None)


class Launched(NamedTuple):
    """The run folder that launch made for this run, and which attempt this is, from 1."""

    folder: Path
    attempt: int


def stage() -> str:
    """Return the stage of a staged start that this process is run for; "" in the run itself."""
    told = os.environ.get(STAGE_VARIABLE, "")
    return "" if told == FULL else told


def launched(rank: int) -> Launched | None:
    """Return what launch keeps for the first Monitor of this `rank`; None for any other.

    From then on this process writes its stacks to a file when launch asks for them.
    """
    told, number = os.environ.get(FOLDER_VARIABLE), os.environ.get(ATTEMPT_VARIABLE)
    if not told or not number:
        return None
    folder, attempt = Path(told), int(number)
    try:
        taken = folder / LAUNCH_FOLDER / f"monitor-{attempt}-{rank}"
        os.close(os.open(taken, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644))
    except OSError:  # an earlier Monitor's, or launch's folder is gone
        return None
    with suppress(OSError, ValueError, RuntimeError):
        _answer_with_stacks(folder / LAUNCH_FOLDER / STACKS.format(pid=os.getpid()))
    return Launched(folder, attempt)


def _answer_with_stacks(path: Path) -> None:
    if STACK_SIGNAL is None or signal.getsignal(STACK_SIGNAL) is not signal.SIG_DFL:
        return
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    faulthandler.register(STACK_SIGNAL, file=descriptor, all_threads=True)
