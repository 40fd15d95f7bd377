"""The whole lines appended to a file, which may come, go, shrink and be replaced."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import NamedTuple

from neural_trainer.live.alarm import MAX_LINE_BYTES

MAX_READ_BYTES = 65_536  # of one file in one poll


class Mark(NamedTuple):
    """How far a file was read: its inode, and the bytes of it that were."""

    inode: int = -1
    offset: int = 0


class Tail:
    """Reads on where `mark` says, from the start by default."""

    def __init__(self, path: Path, mark: Mark | None = None) -> None:
        self._path = path
        self._inode, self._offset = mark if mark is not None else Mark()
        self._size = -1
        self._in_long_line = False

    @property
    def mark(self) -> Mark:
        """How far the file was read."""
        return Mark(self._inode, self._offset)

    def lines(self) -> list[bytes]:
        """Return the lines that are new since the last call, at most MAX_READ_BYTES of them."""
        status = _status(self._path)
        if status is None:
            return []
        if status.st_size < self._offset or status.st_ino != self._inode:
            self._offset, self._in_long_line = 0, False
        elif status.st_size == self._size:
            return []
        self._inode = status.st_ino
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                chunk = file.read(MAX_READ_BYTES)
        except OSError:  # gone since it was looked at; if it comes back, it is read then
            return []
        end = chunk.rfind(b"\n") + 1
        too_long = end == 0 and len(chunk) > MAX_LINE_BYTES
        # What is left beyond this chunk, or is not a whole line yet, is looked at again.
        used = len(chunk) if too_long else end
        self._offset += used
        self._size = status.st_size if len(chunk) < MAX_READ_BYTES else self._offset
        lines = chunk[:end].split(b"\n")[:-1]
        if self._in_long_line and end:  # the rest of a line of which the start was thrown away
            lines = lines[1:]
        self._in_long_line = too_long or (self._in_long_line and end == 0)
        return lines


def end_of(path: Path) -> Mark:
    """Return the mark of a file that was read to its end."""
    status = _status(path)
    return Mark() if status is None else Mark(status.st_ino, status.st_size)


def _status(path: Path) -> os.stat_result | None:
    try:
        status = os.stat(path)
    except (OSError, ValueError):  # not there now; ValueError: a name with a null byte
        return None
    return status if stat.S_ISREG(status.st_mode) else None  # a pipe would block the reader
