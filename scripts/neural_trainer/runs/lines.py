"""The lines of a text log: any common encoding, and never more of a line than memory bears."""

from __future__ import annotations

import codecs
import os
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np

from neural_trainer.runs.memory import keep_freed
from neural_trainer.runs.plain_text import printable
from neural_trainer.runs.run import Run

# A JSON line of a real log holds at most a few MB (RLlib repeats its whole config in each).
LONGEST_LINE = 100_000_000  # characters
_BLOCK = 1 << 21  # bytes read at once: what is done to them stays in the caches of a processor
_CUT = "\ufffd"  # stands for a line too long to hold: no reader takes it for data

Progress = Callable[[Path, int, int], None]

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",  # what PowerShell's `>` writes
    codecs.BOM_UTF16_BE: "utf-16",
}


def encoding(head: bytes) -> str:
    """Return the encoding that a file's first bytes announce, else UTF-8."""
    return next((name for mark, name in _MARKS.items() if head.startswith(mark)), "utf-8")


@lru_cache(maxsize=1)  # each reader asks the same
def text(head: bytes) -> str | None:
    """Return the first bytes of a file as text, or None where they are not text.

    Lines of old Macs, which a carriage return alone ends, get line feeds.
    """
    # A crash of the machine may leave a file that ends in zeros.
    decoded = head.rstrip(b"\0").decode(encoding(head), errors="replace")
    # Names in Latin-1 or GBK have a strange byte here and there, compressed data every other.
    if "\0" in decoded or decoded.count("\ufffd") > 0.3 * len(decoded) + 2:
        return None
    return decoded if "\n" in decoded else decoded.replace("\r", "\n")


def lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield each line's number, from 1, and its text; a line over LONGEST_LINE yields _CUT."""
    with path.open("rb") as raw:
        codec = encoding(raw.read(4))
    with path.open(encoding=codec, errors="replace") as file:
        number, cut = 1, False
        while line := file.readline(LONGEST_LINE):
            ended = line.endswith("\n")
            if not cut:
                yield number, line if ended or len(line) < LONGEST_LINE else _CUT
            cut = not ended
            number += ended


def blocks(path: Path, start: int = 0) -> Iterator[tuple[int, bytes]]:
    """Yield whole lines, many at once, as they stand, and where each block of them ends.

    start: the byte to begin at, where a line does. What no end follows comes last, at the end of
    the block before it; its carriage return may be half of an end. A line over LONGEST_LINE is
    _CUT. UTF-16 comes as UTF-8, its ends not known: at 0.
    """
    with path.open("rb", buffering=0) as raw:
        codec = encoding(raw.read(4))
        if codec == "utf-16":
            yield from _recoded(path, codec)
            return
        if raw.seek(0, os.SEEK_END) > _BLOCK:
            keep_freed()
        raw.seek(start)
        done = start
        parts, size, cut = [], 0, False  # of a line that goes on over chunks
        while chunk := raw.read(_up_to_an_end(raw)):
            end = _last_end(chunk)
            if not end:
                parts.append(chunk)
                size += len(chunk)
                if size > LONGEST_LINE:
                    parts, size, cut = [_CUT.encode()], len(_CUT.encode()), True
                continue
            block = b"".join((*parts, memoryview(chunk)[:end])) if parts else chunk[:end]
            size = len(chunk) - end
            parts = [chunk[end:]] if size else []
            if cut:  # what went on from it is of the same line
                block, cut = plain(block), False
                block = _CUT.encode() + block[block.index(b"\n") :]
            done = raw.tell() - size
            yield done, block
            del chunk, block  # what is read next takes their place, which is in memory
        if held := b"".join(parts):
            yield done, held


def _up_to_an_end(raw: BinaryIO) -> int:
    """Return how many bytes to read for about _BLOCK that end as a line does, if that is near."""
    place = raw.tell()
    raw.seek(_BLOCK, os.SEEK_CUR)
    more = raw.read(_BLOCK >> 6).find(b"\n") + 1
    raw.seek(place)
    return _BLOCK + more


def _last_end(held: bytes) -> int:
    """Return where the last whole line ends, 0 where none does."""
    end = held.rfind(b"\n") + 1
    # Old Macs end lines in a carriage return alone; the last may be half of "\r\n".
    return end if end else held.rfind(b"\r", 0, -1) + 1


def plain(block: bytes) -> bytes:
    """Return lines as UTF-8 that each end in a line feed, the last too if in a carriage return."""
    block = block.removeprefix(codecs.BOM_UTF8)
    if b"\r" not in block:
        return block
    each = np.frombuffer(block, np.uint8)
    paired = np.array_equal(each[:-1] == ord("\r"), each[1:] == ord("\n"))
    if paired and block.endswith(b"\n"):
        return block.replace(b"\r", b"")  # a quarter of the time of replacing pairs
    return block.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _recoded(path: Path, codec: str) -> Iterator[tuple[int, bytes]]:
    with path.open(encoding=codec, errors="replace") as file:
        while text := "".join(file.readlines(_BLOCK)):
            yield 0, text.encode(errors="replace")


class Growing(Protocol):
    """A log of lines as far as a reader has read it.

    add: takes whole lines as `blocks` yields them and, once, at the end of the file, what has no
    end.
    """

    def add(self, block: bytes) -> None: ...

    def expect(self, times: float) -> None: ...

    def copy(self) -> Growing: ...

    def runs(self) -> list[Run]: ...


def fill(log: Growing, path: Path, progress: Progress | None = None) -> None:
    """Read a file into `log`. progress: told the file, the bytes read of it and its size."""
    size = path.stat().st_size
    for end, block in blocks(path):
        log.add(block)
        del block  # see blocks
        if end:
            log.expect(size / end)
        if progress is not None:
            progress(path, end, size)
    if progress is not None:
        progress(path, size, size)


def num_ends(block: bytes) -> int:
    """Return how many line feeds there are: in a fifth of the time that bytes.count takes."""
    return int(np.count_nonzero(np.frombuffer(block, np.uint8) == ord("\n")))


def whole_quotes(block: bytes) -> int:
    """Return where the last line ends that is not inside of a quoted cell, 0 where none does."""
    if b'"' not in block:
        return len(block)
    num_after = 0  # quotes behind `end`, of which there are as many as in all where it is even
    odd, end = block.count(b'"') % 2, len(block)
    while end and num_after % 2 != odd:
        before = block.rfind(b"\n", 0, end - 1) + 1
        num_after += block.count(b'"', before, end)
        end = before
    return end


def one_line(words: object, most: int = 160) -> str:
    """Return what a log or an error says, fit to stand in a message of one line.

    >>> one_line("a\\nb\\x1b[2J")
    'a b [2J'
    """
    return " ".join(printable(str(words)[: 4 * most], 4 * most).split())[:most]
