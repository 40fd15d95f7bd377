"""Takes a run folder for one run, or refuses it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Protocol

from neural_trainer.errors import RunRefused
from neural_trainer.live.run_folder import METRICS_FILE, LineFile, holds_run, rank_file


@contextmanager
def beginning(folder: Path) -> Iterator[ExitStack]:
    """Yield what is to be undone where the run does not come to begin.

    Raises RunRefused in place of an OSError of the folder: before the training a run that cannot be
    recorded is refused, in one line.
    """
    with ExitStack() as undo:
        try:
            yield undo
        except (ConnectionError, TimeoutError):  # of a sink
            raise
        except OSError as error:
            where, why = error.filename or folder, error.strerror or error
            raise RunRefused(
                f"the run cannot be recorded in {folder}: {where}: {why}; expected a folder that "
                f"can be written, on a disk with room; name another, or make room"
            ) from error
        undo.pop_all()


def claimed(folder: Path, resume: bool, rank: int) -> LineFile:
    """Make the folder and open its metrics. Raises RunRefused where that would mix two runs."""
    path = folder / (rank_file(rank) if rank else METRICS_FILE)
    if rank:
        folder.mkdir(parents=True, exist_ok=True)
        if not resume:
            path.unlink(missing_ok=True)
        return LineFile(path)
    if resume:
        if not path.exists():
            raise RunRefused(f"{folder} holds no {METRICS_FILE} to resume; leave out resume=True")
        return LineFile(path)
    refusal = f"{folder} already holds a run; name another folder, or pass resume=True to append"
    if holds_run(folder):
        raise RunRefused(refusal)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        return LineFile(path, new=True)
    except FileExistsError as error:  # another process was first
        raise RunRefused(refusal) from error


class Kept(Protocol):
    """A file of the run that is open."""

    path: Path

    def close(self) -> None:
        """Close it."""


def let_go(file: Kept, appends: bool) -> None:
    """Close a file of a run that does not come to begin; unless it was there before, remove it."""
    file.close()
    if not appends:
        remove(file.path)


def remove(path: Path) -> None:
    """Remove a file of a run that does not come to begin, so that a second start is not refused."""
    with suppress(OSError):  # the error that ended the start is what is told
        path.unlink()
