"""A bar that shows, on a terminal, how far a long read has come."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from neural_trainer.runs.lines import Progress

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

AFTER_S = 2.0  # what is read faster needs no bar
EVERY_S = 0.1
LONGEST_NAME = 40  # columns; of a longer one the end is shown


@contextmanager
def progress_on(
    stream: TextIO | None, clock: Callable[[], float] = time.monotonic
) -> Iterator[Progress | None]:
    """Give what `read_all` is to be told by; None where `stream` is no terminal.

    What was shown is wiped off at the end.
    """
    if stream is None or not stream.isatty():
        yield None
        return
    bar = _Bar(stream, clock)
    try:
        yield bar.tell
    finally:
        bar.close()


class _Bar:
    """A line for each thing that is being read: a folder, and the file in it."""

    def __init__(self, stream: TextIO, clock: Callable[[], float]) -> None:
        self._stream, self._clock = stream, clock
        self._began = self._drawn = clock()
        self._bars: Bars | None = None
        self._tasks: dict[Path, TaskID] = {}

    def tell(self, path: Path, done: int, size: int) -> None:
        """Take note that `done` of `size` are read of `path`; size 0: nobody knows."""
        now = self._clock()
        if self._bars is None:
            if now - self._began < AFTER_S:
                return
            self._bars = _bars(self._stream, self._clock)
            self._bars.start()
        bars, task = self._bars, self._tasks.get(path)
        if size and done >= size:
            if task is not None:
                bars.remove_task(self._tasks.pop(path))
        elif task is None:
            name = (
                path.name if len(path.name) <= LONGEST_NAME else f"…{path.name[1 - LONGEST_NAME :]}"
            )
            printed = "".join(char if char.isprintable() else "?" for char in name)
            self._tasks[path] = bars.add_task(printed, total=size or None, completed=done)
        else:
            bars.update(task, total=size or None, completed=done)
        if now - self._drawn >= EVERY_S:
            self._drawn = now
            bars.refresh()

    def close(self) -> None:
        """Wipe the lines off."""
        if self._bars is not None:
            self._bars.stop()


def _bars(stream: TextIO, clock: Callable[[], float]) -> Bars:
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    return Bars(
        TextColumn("reading {task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(show_speed=False),
        TimeRemainingColumn(),
        console=Console(file=stream),
        auto_refresh=False,
        transient=True,
        get_time=clock,
    )
