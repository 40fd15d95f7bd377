"""What launch says while a run goes on: events a line each, and on a terminal how it stands."""

from __future__ import annotations

import shutil
from typing import TextIO

from neural_trainer.runs.plain_text import printable

START = "neural-trainer: "
MOST = 500  # characters of an event


class Talk:
    """One stream. A line of status is written over by what comes next; a pipe gets events alone."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._is_terminal = out.isatty()
        self._width = 0

    def event(self, text: str) -> None:
        """Say that something happened."""
        self._write(f"{self._wiped()}{START}{printable(text, MOST)}\n")

    def status(self, text: str) -> None:
        """Say how it stands, on a terminal."""
        if not self._is_terminal:
            return
        line = printable(text)[: shutil.get_terminal_size().columns - 1]
        self._write(f"{self._wiped()}{line}")
        self._width = len(line)

    def end(self) -> None:
        """Wipe off the status."""
        if self._width:
            self._write(self._wiped())

    def _wiped(self) -> str:
        width, self._width = self._width, 0
        return f"\r{' ' * width}\r" if width else ""

    def _write(self, text: str) -> None:
        try:
            self._out.write(text)
            self._out.flush()
        except (OSError, ValueError):  # the terminal has gone; the run goes on
            self._is_terminal = False
