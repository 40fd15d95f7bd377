"""Several logs that were named together: the runs of those that can be read, and which cannot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from neural_trainer.errors import ReadError
from neural_trainer.runs.crashes import crashed_alone
from neural_trainer.runs.lines import Progress
from neural_trainer.runs.read import read_all
from neural_trainer.runs.run import Run

_TOLD = 3  # logs that cannot be read, each with its reason; more are counted


@dataclass(frozen=True)
class Logs:
    """What was read. unread: why each of the others could not be."""

    runs: list[Run]
    unread: tuple[ReadError, ...]
    count: int

    def finish(self) -> None:
        """Raise ReadError, with every reason, where a log could not be read."""
        if not self.unread:
            return
        if self.count == 1:
            raise self.unread[0]
        told = "; ".join(str(error) for error in self.unread[:_TOLD])
        more = f"; and {len(self.unread) - _TOLD} more" if len(self.unread) > _TOLD else ""
        number = "none" if len(self.unread) == self.count else str(len(self.unread))
        verb = "can" if number == "none" else "cannot"
        raise ReadError(f"{number} of {self.count} logs {verb} be read: {told}{more}")


def read_logs(
    paths: Sequence[str], progress: Progress | None = None, *, crashed: bool = False
) -> Logs:
    """Return what can be read at `paths`; raise ReadError where nothing can.

    One bad log of many is no reason to show nothing: call `finish` once the others are shown.
    progress: as of read_all; also told the number of logs that are done. crashed: a text without
    metrics that ends in a crash is a run too, one without signals.
    """
    runs: list[Run] = []
    unread: list[ReadError] = []
    for number, path in enumerate(paths):
        if progress is not None and len(paths) > 1:
            progress(Path(f"{len(paths)} logs"), number, len(paths))
        try:
            runs += read_all(path, progress)
        except ReadError as error:
            alone = crashed_alone(Path(path)) if crashed else None
            if alone is None:
                unread.append(error)
            else:
                runs.append(alone)
    logs = Logs(runs, tuple(unread), len(paths))
    if not runs:
        logs.finish()
    return logs
