"""The records of a W&B file: blocks of LevelDB's log, every CRC checked, and their fields."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

MAGIC = b":W&B\xe1\xbe"  # the version, one byte, follows
HEADER = 7  # bytes: of the file, and of each fragment (CRC, length, kind)
PADDING = 160  # bytes; the longest short item takes 136
_BLOCK = 1 << 15
_BLOCKS = 64  # read at once: what is computed from 2 MiB stays in the processor's cache
_FULL, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4
_LARGEST = 1 << 28  # bytes of one record
_FRAGMENT = struct.Struct("<IHB")
_SEEDS = [0, *(zlib.crc32(bytes([kind])) for kind in (_FULL, _FIRST, _MIDDLE, _LAST))]


class Field(NamedTuple):
    """One field of a message. value: a number, or the bytes of a string or a message."""

    number: int
    value: int | bytes


def varint(data: bytes, at: int) -> tuple[int, int]:
    """Return the number at `at` and where it ends; raise ValueError or IndexError without one."""
    value = shift = 0
    while shift < 64:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
    raise ValueError("a number of more than 64 bits")


def fields(data: bytes) -> Iterator[Field]:
    """Yield the fields of a protobuf message; raise ValueError or IndexError where it is none."""
    at, end = 0, len(data)
    while at < end:
        key, at = varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = varint(data, at)
            yield Field(key >> 3, value)
        elif kind == 2:
            size, at = varint(data, at)
            if at + size > end:
                raise ValueError("a field longer than its message")
            yield Field(key >> 3, data[at : at + size])
            at += size
        elif kind in (1, 5):
            at += 8 if kind == 1 else 4
        else:
            raise ValueError(f"wire type {kind}")


class Batch(NamedTuple):
    """Records that follow each other: `data`, (m,) bytes, and where each, (n,), starts and ends.

    Behind the last lie PADDING bytes of zero, so that an item may be looked at without a check.
    """

    data: NDArray[np.uint8]
    start: Ints
    end: Ints

    def bytes_of(self, index: int) -> bytes:
        """Return one record."""
        return self.data[self.start[index] : self.end[index]].tobytes()

    def of_kind(self, tag: int, ignored: bytes) -> tuple[Batch, list[int]]:
        """Return the messages of the records that hold field `tag`, and the records of other kinds.

        Only records that begin with their number, as nearly all do, are recognised; those whose tag
        is one of `ignored` are passed over.
        """
        data, at = self.data, self.start + 1
        for _ in range(10):
            more = data[at] >= 128
            if not more.any():
                break
            at = at + more
        at = at + 1
        plain = (data[self.start] == 0x08) & (at < self.end)
        found = plain & (data[at] == tag)
        passed = plain & np.isin(data[at], np.frombuffer(ignored, np.uint8))
        at, end = at[found] + 1, self.end[found]
        length, shift = np.zeros(len(at), np.int64), 0
        more = np.ones(len(at), np.bool_)
        while more.any() and shift < 35:
            length |= np.where(more, (data[at] & 127).astype(np.int64) << shift, 0)
            at, more, shift = at + more, more & (data[at] >= 128), shift + 7
        whole = at + length <= end
        others = ~found & ~passed
        others[np.flatnonzero(found)[~whole]] = True
        messages = Batch(data, at[whole], (at + length)[whole])
        return messages, np.flatnonzero(others).tolist()


class LogFile:
    """One W&B file, read some blocks at a time. notes: what in it could not be read, when done."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._bad = self._torn = self._long = 0
        self._parts: list[bytes] | None = None  # of a record that blocks divide
        self._size = 0

    @property
    def notes(self) -> list[str]:
        """Return one line for each kind of damage."""
        said = (
            (self._bad, "{} blocks are damaged and left out from the damage on"),
            (self._long, "{} records too long for a row are passed over"),
            (self._torn, "ends within a record, as while it is written: {} bytes are left out"),
        )
        return [f"{self.path.name}: {words.format(count)}" for count, words in said if count]

    def __iter__(self) -> Iterator[Batch]:
        """Yield the whole records of some blocks at a time."""
        with self.path.open("rb") as file:
            at = HEADER  # of the first fragment
            while data := file.read(_BLOCKS * _BLOCK):
                records: list[bytes] = []
                last = len(data) < _BLOCKS * _BLOCK
                for start in range(0, len(data), _BLOCK):
                    end = min(start + _BLOCK, len(data))
                    self._read_block(data, start + at, end, last and end == len(data), records)
                    at = 0
                end_of: Ints = np.cumsum(np.fromiter(map(len, records), np.int64, len(records)))
                start_of = end_of - np.diff(end_of, prepend=0)
                joined = b"".join([*records, bytes(PADDING)])
                yield Batch(np.frombuffer(joined, np.uint8), start_of, end_of)
        if self._parts is not None:
            self._torn += self._size

    def _read_block(self, data: bytes, at: int, end: int, last: bool, records: list[bytes]) -> None:
        unpack, crc32, add, seed = _FRAGMENT.unpack_from, zlib.crc32, records.append, _SEEDS[_FULL]
        while at + HEADER <= end:
            crc, length, kind = unpack(data, at)
            start = at + HEADER
            at = start + length
            part = data[start:at]
            if kind == _FULL and at <= end and crc32(part, seed) == crc:
                add(part)
                continue
            if not (crc or length or kind):
                return  # zeros up to the end of the block
            if at > end and last and kind <= _LAST:
                self._torn += end - start + HEADER
                self._parts = None
                return
            if at > end or not _FULL < kind <= _LAST or crc32(part, _SEEDS[kind]) != crc:
                self._bad += 1
                self._parts = None
                return
            self._join(part, kind, records)

    def _join(self, part: bytes, kind: int, records: list[bytes]) -> None:
        if kind == _FIRST:
            self._parts, self._size = [part], len(part)
        elif self._parts is not None:
            self._size += len(part)
            if self._size <= _LARGEST:
                self._parts.append(part)
            if kind == _LAST:
                if self._size <= _LARGEST:
                    records.append(b"".join(self._parts))
                else:
                    self._long += 1
                self._parts = None
