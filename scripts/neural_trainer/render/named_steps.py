"""A bar that names the step under way, on a terminal, while several are taken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO


@contextmanager
def named_steps_on(stream: TextIO, total: int) -> Iterator[Callable[[str], None]]:
    """Yield what is told the name of each of `total` steps as it begins; silent on no terminal."""
    if not stream.isatty():
        yield lambda name: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=Console(file=stream), transient=True) as bar:
        task = bar.add_task("", total=total, completed=-1)

        def tell(name: str) -> None:
            bar.update(task, advance=1, description=name)

        yield tell
