"""A worker's hold on a trial: it goes with the worker, so that what it leaves can be taken up."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from neural_trainer.study.sweep import states

CLAIMS, FORETOLD = ".claims", "foretold"
BEAT_S = 60.0  # between two signs of life, for workers that share no file system
SILENT_S = 600.0  # ten of them missed: a storage that was away for minutes costs no trial


class Claim:
    """The hold on one trial."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def release(self) -> None:
        """Give it up."""
        os.close(self._descriptor)


def claimed(folder: Path, number: int) -> Claim | None:
    """Return the hold on a trial, None where a worker that lives has it."""
    path = _path(folder, number)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return Claim(descriptor)


def foretell(folder: Path, numbers: Sequence[int]) -> None:
    """Note which trials the worker that takes one now may get; none once it holds it."""
    path = folder / CLAIMS / FORETOLD
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(" ".join(map(str, numbers)), encoding="utf-8")


def _foretold(folder: Path) -> set[int]:
    try:
        return set(map(int, (folder / CLAIMS / FORETOLD).read_text(encoding="utf-8").split()))
    except (OSError, ValueError):
        return set()


def is_left(folder: Path, trial: Any, now: float) -> bool:
    """Return whether the worker of a running trial is no more. now: unix seconds.

    Where its hold lies on this file system, that tells; else how long it gave no sign of life.
    Asked while no worker of this file system takes a trial: one that was killed as it took one has
    left only what it foretold.
    """
    if _path(folder, trial.number).exists():
        claim = claimed(folder, trial.number)
        if claim is None:
            return False
        claim.release()
        return True
    if states.NODE not in trial.user_attrs and trial.number in _foretold(folder):
        return True
    beat = trial.user_attrs.get(states.BEAT)
    if beat is None:  # between being taken and its first sign of life
        started = trial.datetime_start
        beat = now if started is None else started.timestamp()
    return bool(now - float(beat) > SILENT_S)


def _path(folder: Path, number: int) -> Path:
    return folder / CLAIMS / f"{number:04d}.lock"
