"""Following: the runs of a log that grows, read on from where it was left."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from neural_trainer.runs.lines import Growing, blocks, encoding
from neural_trainer.runs.read import Reads, read_by
from neural_trainer.runs.readers import GROWING, Reader, tensorboard
from neural_trainer.runs.readers.tensorboard import EventFile
from neural_trainer.runs.run import Run

_HEAD = 1 << 16  # bytes that a reader judges a file by: a shorter one may yet be judged otherwise
_COMPARED = 64  # bytes before the end of what was read


class _Mark(NamedTuple):
    """A file as it was when it was read up to `end`. before: the last bytes up to there."""

    device: int
    inode: int
    size: int
    changed_ns: int
    end: int
    before: bytes


@dataclass
class _Log:
    """A file that was read, and its runs.

    content: what it grows by, None where it is read anew. first_size: its size when it was begun.
    """

    reader: Reader
    mark: _Mark
    runs: list[Run]
    content: Growing | None
    first_size: int


class Follower:
    """The runs at a path, kept up to date.

    Each `poll` reads the new bytes of event files, JSON Lines and tables; a file of another format
    is read anew once it changed, and so is any that was replaced, rotated or cut. The runs are
    those of `read_all`.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._logs: dict[Path, _Log] = {}
        self._events: dict[tuple[Path, str], tuple[EventFile, _Mark]] = {}
        self._opened: list[EventFile] = []
        self._seen: set[Path] = set()

    def poll(self) -> list[Run]:
        """Return the runs as they are now; raise ReadError as read_all does."""
        self._opened, self._seen = [], set()
        try:
            return read_by(self.path, Reads(self._runs, self._event_file))
        finally:
            self._logs = {path: log for path, log in self._logs.items() if path in self._seen}
            self._events = {}
            for file in self._opened:
                with suppress(OSError):  # gone by now: the next poll tells
                    mark = _mark(file.path, file.path.stat(), file.records.end)
                    self._events[file.path, file.prefix] = (file, mark)

    def _event_file(self, path: Path, prefix: str) -> EventFile:
        file, mark = self._events.get((path, prefix), (None, None))
        if file is None or mark is None or not _goes_on(path, mark):
            file = EventFile(path, prefix)
        file.was_read = False
        self._opened.append(file)
        return file

    def _runs(self, reader: Reader, path: Path) -> list[Run]:
        """Return the runs of a file that `reader` knows."""
        if reader is tensorboard:
            return tensorboard.read(path, self._event_file)
        self._seen.add(path)
        log = self._logs.pop(path, None)  # where reading fails it is begun anew
        stat = path.stat()
        if log is None or log.reader is not reader or not _goes_on(path, log.mark):
            log = _begun(reader, path, stat)
        elif stat.st_size != log.mark.size:
            if log.content is None or log.first_size < _HEAD:
                log = _begun(reader, path, stat)
            else:
                log = _grown(log, log.content, path, stat)
        self._logs[path] = log
        return log.runs


def _begun(reader: Reader, path: Path, stat: os.stat_result) -> _Log:
    """Return a file read for the first time."""
    growing = GROWING.get(reader.NAME)
    if growing is None or _is_recoded(path):
        runs = reader.read(path)
        return _Log(reader, _mark(path, stat, 0), runs, None, stat.st_size)
    content = growing(path)
    end, torn = _fill(content, path, 0)
    runs = _with_torn(content, torn)
    return _Log(reader, _mark(path, stat, end), runs, content, stat.st_size)


def _grown(log: _Log, content: Growing, path: Path, stat: os.stat_result) -> _Log:
    end, torn = _fill(content, path, log.mark.end)
    return replace(log, mark=_mark(path, stat, end), runs=_with_torn(content, torn))


def _fill(content: Growing, path: Path, start: int) -> tuple[int, bytes]:
    """Read whole lines from `start` on; return where they end and what follows the last."""
    end, torn = start, b""
    for stop, block in blocks(path, start):
        if stop > end:
            content.add(block)
            end = stop
        else:
            torn = block
    return end, torn


def _with_torn(content: Growing, torn: bytes) -> list[Run]:
    if torn:
        content = content.copy()
        content.add(torn)
    return content.runs()


def _is_recoded(path: Path) -> bool:
    with path.open("rb") as file:
        return encoding(file.read(4)) == "utf-16"


def _mark(path: Path, stat: os.stat_result, end: int) -> _Mark:
    return _Mark(stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, end, _before(path, end))


def _before(path: Path, end: int) -> bytes:
    with path.open("rb") as file:
        file.seek(max(end - _COMPARED, 0))
        return file.read(min(end, _COMPARED))


def _goes_on(path: Path, mark: _Mark) -> bool:
    """Return whether a file is the one that was read, with nothing changed of what was."""
    stat = path.stat()
    same = (stat.st_dev, stat.st_ino) == (mark.device, mark.inode) and stat.st_size >= mark.size
    rewritten = stat.st_size == mark.size and stat.st_mtime_ns != mark.changed_ns
    return same and not rewritten and _before(path, mark.end) == mark.before
