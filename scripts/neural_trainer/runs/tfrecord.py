"""TFRecord files: payloads framed by their length, every CRC-32C checked."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Words = NDArray[np.uint32]

HEADER = 12  # bytes: length as uint64, its masked CRC
FOOTER = 4  # bytes: the payload's masked CRC
_CHUNK = 1 << 23  # bytes read at once
_LARGEST = 1 << 28  # bytes; a longer payload, a video say, is passed over unread
_BLOCK = 4096  # bytes; the longest payload that is checked in one go with others of its length
_POLYNOMIAL = np.uint32(0x82F63B78)  # Castagnoli, bits reversed (RFC 3720, appendix B.4)


@dataclass(frozen=True)
class Records:
    """Payloads of one length. payload: (n, length); ordinal: (n,), their places in the file."""

    ordinal: NDArray[np.int64]
    payload: Bytes


@cache
def _tables() -> Words:
    """Return (_BLOCK, 256): the CRC of a byte that k bytes follow. The CRC of many is their XOR."""
    first = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        first = np.where(first & 1, (first >> 1) ^ _POLYNOMIAL, first >> 1)
    tables = np.empty((_BLOCK, 256), np.uint32)
    tables[0] = first
    for k in range(1, _BLOCK):
        tables[k] = first[tables[k - 1] & 255] ^ (tables[k - 1] >> 8)
    return tables


def _raw(rows: Bytes) -> Words:
    """Return the CRC registers after `rows`, (n, length <= _BLOCK), from a register of zero."""
    tables, length = _tables(), rows.shape[1]
    register = np.zeros(len(rows), np.uint32)
    for j in range(length):
        register ^= tables[length - 1 - j][rows[:, j]]
    return register


def _shift(register: int, length: int) -> int:
    """Return the register after `length` zero bytes; 4 <= length <= _BLOCK."""
    tables = _tables()
    shifted = 0
    for k in range(4):
        shifted ^= int(tables[length - 1 - k][(register >> (8 * k)) & 255])
    return shifted


def crc32c(data: bytes) -> int:
    """Return the CRC-32C of `data`.

    >>> hex(crc32c(b"123456789"))
    '0xe3069283'
    """
    tables, register = _tables(), 0xFFFFFFFF
    head = len(data) % _BLOCK
    for byte in data[:head]:
        register = (register >> 8) ^ int(tables[0][(register ^ byte) & 255])
    blocks = np.frombuffer(data, np.uint8, offset=head).reshape(-1, _BLOCK)
    for block in _raw(blocks).tolist() if len(blocks) else ():
        register = _shift(register, _BLOCK) ^ block
    return register ^ 0xFFFFFFFF


def masked(crc: int) -> int:
    """Return a CRC as TFRecord stores it: turned by 15 bits and moved by a constant."""
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def _rows_are_whole(rows: Bytes, stored: Words) -> NDArray[np.bool_]:
    """Return which of `rows`, (n, length <= _BLOCK), have the stored masked CRC."""
    length = rows.shape[1]
    if length < 4:
        each = [masked(crc32c(row.tobytes())) for row in rows]
        return np.equal(np.array(each, np.uint32), stored)
    # A register that starts as ones is one that starts as zeros, on the first four bytes inverted.
    crc = ~(_raw(rows) ^ np.uint32(_shift(0xFFFFFFFF, length)))
    whole: NDArray[np.bool_] = ((crc >> 15) | (crc << 17)) + np.uint32(0xA282EAD8) == stored
    return whole


@cache
def _length_crc(length: int) -> int:
    return masked(crc32c(struct.pack("<Q", length)))


def is_header(data: bytes) -> bool:
    """Return whether `data` begins with the header of a record."""
    if len(data) < HEADER:
        return False
    length, crc = struct.unpack_from("<QI", data)
    return bool(_length_crc(length) == crc)


def _next_header(data: bytes, start: int) -> int:
    """Return the first offset from `start` at which a header stands, len(data) where none does."""
    windows = len(data) - HEADER + 1 - start
    if windows <= 0:
        return len(data)
    rows = np.lib.stride_tricks.sliding_window_view(np.frombuffer(data, np.uint8, offset=start), 8)
    stored = np.ndarray((windows,), "<u4", buffer=data, offset=start + 8, strides=(1,))
    found = np.flatnonzero(_rows_are_whole(rows[:windows], stored))
    return start + int(found[0]) if len(found) else len(data)


class RecordFile:
    """One TFRecord file, read a chunk at a time. notes: what in it could not be read, when done."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.num_records = 0
        self._bad = self._lost = self._long = self._torn = 0

    @property
    def notes(self) -> list[str]:
        """Return one line for each kind of damage."""
        said = (
            (self._bad, "{} records with a wrong checksum are left out"),
            (self._lost, "{} bytes that belong to no record are passed over"),
            (self._long, "{} records too long for a scalar are passed over"),
            (self._torn, "ends within a record: the last {} bytes are left out"),
        )
        return [f"{self.path.name}: {words.format(count)}" for count, words in said if count]

    def __iter__(self) -> Iterator[Records]:
        with self.path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            data = file.read(_CHUNK)
            while data:
                offsets, at = self._frame(data)
                yield from self._check(data, np.array(offsets, np.int64))
                left = size - file.tell()
                data = data[at:]
                if not data:
                    data = file.read(_CHUNK)
                elif left <= 0:
                    self._torn, data = len(data), b""
                else:
                    data = self._more(file, data, left)

    def _frame(self, data: bytes) -> tuple[list[int], int]:
        """Return where the whole records of `data` start, and where the first that is not does."""
        offsets, at, end = [], 0, len(data)
        unpack = struct.Struct("<QI").unpack_from
        while at + HEADER <= end:
            length, crc = unpack(data, at)
            if _length_crc(length) != crc:
                found = _next_header(data, at + 1)
                # Nothing here: a header may still begin in the last bytes of the chunk.
                found = found if found < end else max(at + 1, end - HEADER + 1)
                self._lost += found - at
                at = found
                continue
            after = at + HEADER + length + FOOTER
            if after > end:
                break
            offsets.append(at)
            at = after
        return offsets, at

    def _check(self, data: bytes, offsets: NDArray[np.int64]) -> Iterator[Records]:
        """Yield the records at `offsets` whose checksum is right, those of one length together."""
        if not len(offsets):
            return
        view = np.frombuffer(data, np.uint8)
        lengths = np.ndarray((len(data) - 3,), "<u4", buffer=data, strides=(1,))[offsets]
        ordinal = np.arange(self.num_records, self.num_records + len(offsets))
        self.num_records += len(offsets)
        for length in np.unique(lengths).tolist():
            these = np.flatnonzero(lengths == length)
            if length > _BLOCK:
                for i in these.tolist():
                    start = int(offsets[i]) + HEADER
                    (stored,) = struct.unpack_from("<I", data, start + length)
                    if masked(crc32c(data[start : start + length])) == stored:
                        yield Records(ordinal[i : i + 1], view[None, start : start + length])
                    else:
                        self._bad += 1
                continue
            windows = np.lib.stride_tricks.sliding_window_view(view[HEADER:], length + FOOTER)
            rows = windows[offsets[these]]
            stored = np.ascontiguousarray(rows[:, length:]).view("<u4").ravel()
            whole = _rows_are_whole(rows[:, :length], stored)
            self._bad += int(len(whole) - whole.sum())
            yield Records(ordinal[these[whole]], rows[whole, :length])

    def _more(self, file: BinaryIO, data: bytes, left: int) -> bytes:
        """Return `data`, which begins with a part of a record, with more of the file behind it."""
        need = 0
        if len(data) >= HEADER:
            need = struct.unpack_from("<Q", data)[0] + HEADER + FOOTER - len(data)
        if _LARGEST < need <= left:
            file.seek(need, os.SEEK_CUR)
            self._long += 1
            return file.read(_CHUNK)
        if need > left:  # the length is as it was written, but the file ends before it
            self._torn = len(data) + left
            return b""
        return data + file.read(max(need, _CHUNK))
