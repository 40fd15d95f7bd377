"""What the run prints, in stdout.log: written by the run itself, kept within bounds by launch."""

from __future__ import annotations

import os
from pathlib import Path

MOST_BYTES = 64 << 20  # some 600,000 lines; at most twice that is kept
OLDER = ".1"  # what stdout.log held before it was cut
_BLOCK = 1 << 20


class StdoutLog:
    """The file that is the run's stdout and stderr.

    The run writes to it without launch in between, so that it goes on printing when launch is
    killed. Past MOST_BYTES the file is copied to stdout.log.1, in place of the one before, and cut
    to nothing; what the run prints between the last block copied and the cut is lost.
    """

    def __init__(self, path: Path, most_bytes: int = MOST_BYTES) -> None:
        self.path = path
        self._most_bytes = most_bytes

    def open(self) -> int:
        """Return a descriptor that appends: a file that was cut is filled from its start."""
        return os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def keep_bounded(self) -> bool:
        """Cut the file if it is too large; return whether it was."""
        try:
            if self.path.stat().st_size <= self._most_bytes:
                return False
        except OSError:
            return False
        older = self.path.with_name(self.path.name + OLDER)
        partial = older.with_name(f".{older.name}")
        try:
            with self.path.open("rb") as source, partial.open("wb") as copy:
                while block := source.read(_BLOCK):
                    copy.write(block)
        except OSError:  # no room for the copy: the file stays as it is
            partial.unlink(missing_ok=True)
            raise
        os.truncate(self.path, 0)
        os.replace(partial, older)
        return True

    def tail(self, most_bytes: int = 1 << 16) -> str:
        """Return the last of what was printed, from a whole line on."""
        text = b""
        for path in (self.path.with_name(self.path.name + OLDER), self.path):
            try:
                with path.open("rb") as file:
                    size = file.seek(0, os.SEEK_END)
                    file.seek(max(0, size - most_bytes))
                    text += file.read()
            except OSError:
                continue
        cut = len(text) > most_bytes
        shown = text[-most_bytes:].decode("utf-8", errors="replace")
        return shown.partition("\n")[2] if cut else shown
