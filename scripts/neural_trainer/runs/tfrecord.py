"""TFRecord files: payloads framed by their length, every CRC-32C checked."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neural_trainer.runs.crc32c import Crcs, changes, crc32c, crcs
from neural_trainer.runs.memory import keep_freed

Bytes = NDArray[np.uint8]
Words = NDArray[np.uint64]
Places = NDArray[np.int64]

HEADER = 12  # bytes: length as uint64, its masked CRC
FOOTER = 4  # bytes: the payload's masked CRC
_CHUNK = 1 << 21  # bytes read at once: what is done to them stays in the processor's cache
_LARGEST = 1 << 28  # bytes; a longer payload, a video say, is passed over unread
_SOUGHT = 1 << 16  # bytes; headers of longer payloads are met in order alone
_SHORT = 1 << 10  # bytes; payloads up to it are checked by the bytes in which they differ
_SLACK = 8  # bytes behind a chunk, so that whole words may be read up to its end
_TURN = 0xA282EAD8
_HEADER = np.dtype([("length", "<u8"), ("crc", "<u4")])


@dataclass(frozen=True)
class Records:
    """Whole payloads of one length.

    ordinal: (n,), their places in the file. words: (n, k), each payload and some bytes behind it.
    varies: (k,), the bits in which any row may differ from the first.
    """

    ordinal: Places
    words: Words
    length: int
    varies: Words

    @property
    def payload(self) -> Bytes:
        """The payloads alone, (n, length)."""
        return self.words.view(np.uint8)[:, : self.length]


def masked(crc: int) -> int:
    """Return a CRC as TFRecord stores it: turned by 15 bits and moved by a constant."""
    return (((crc >> 15) | (crc << 17)) + _TURN) & 0xFFFFFFFF


def _unmasked(stored: Crcs) -> Crcs:
    turned = stored - np.uint32(_TURN)
    crc: Crcs = (turned >> np.uint32(17)) | (turned << np.uint32(15))
    return crc


def is_header(data: bytes) -> bool:
    """Return whether `data` begins with the header of a record."""
    if len(data) < HEADER:
        return False
    (crc,) = struct.unpack_from("<I", data, 8)
    return bool(masked(crc32c(data[:8])) == crc)


def _at_any_byte(data: Bytes, dtype: str) -> NDArray[Any]:
    """Return the numbers that begin at each byte of `data`, without a copy."""
    size = np.dtype(dtype).itemsize
    found: NDArray[Any] = np.ndarray((max(len(data) - size + 1, 0),), dtype, data, 0, (1,))
    return found


@cache
def _length_crcs() -> Crcs:
    """Return the CRC of each length under _SOUGHT as a header has it."""
    return crcs(np.arange(_SOUGHT, dtype="<u8")[:, None].view(np.uint8))


def _headers(data: Bytes) -> tuple[Places, Places]:
    """Return where headers of payloads under _SOUGHT stand, and the lengths of these.

    All of payloads under 256 bytes, three in four of longer ones: those for which the zeros that
    end the length hold a whole aligned word.
    """
    words = data[: len(data) & ~3].view("<u4")
    zero = words == 0
    at = np.flatnonzero(zero[1:] > zero[:-1])
    before = words[at]
    run = 4 * (at + 1) - (before < 1 << 24) - (before < 1 << 16) - (before < 1 << 8)
    places, lengths = [], []
    heads = _at_any_byte(data, f"V{HEADER}")
    for num_bytes in (1, 2):  # of the length before the zeros
        inside = (run >= num_bytes) & (run - num_bytes + HEADER <= len(data))
        header = run[inside] - num_bytes
        found = heads[header].view(_HEADER)
        length = found["length"].view("<i8")
        right = _length_crcs().take(length, mode="clip") == _unmasked(found["crc"])
        right &= found["length"] < _SOUGHT
        if right.all():
            right = slice(None)
        places.append(header[right])
        lengths.append(length[right])
        inside[inside] = right
        run = run[~inside]
    place, length = np.concatenate(places), np.concatenate(lengths)
    order = np.argsort(place)
    return (place[order], length[order]) if len(places[1]) else (place, length)


def _next_header(data: Bytes, start: int, stop: int) -> int:
    """Return the first offset in [start, stop) at which a header stands, `stop` without one."""
    for first in range(start, stop, _SOUGHT):
        part = data[first : min(first + _SOUGHT, stop) + HEADER - 1]
        if len(part) < HEADER:
            break
        rows = np.lib.stride_tricks.sliding_window_view(part, HEADER)
        right = crcs(rows[:, :8]) == _unmasked(_at_any_byte(part[8:], "<u4"))
        if right.any():
            return first + int(right.argmax())
    return stop


class RecordFile:
    """One TFRecord file, read a chunk at a time, and on from `end` when it has grown.

    notes: what in it could not be read so far.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.num_records = 0
        self.end = 0
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
        with self.path.open("rb", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size
            if size - self.end > _CHUNK:
                keep_freed()
            file.seek(self.end)
            held, self._torn = 0, 0
            buffer = np.empty(min(_CHUNK, max(size - self.end, 0)) + _SLACK, np.uint8)
            while self.end + held < size:
                num_read = file.readinto(buffer[held : len(buffer) - _SLACK].data)
                if not num_read:
                    break
                data = buffer[: held + num_read]
                offsets, lengths, at = self.frame(data)
                for records, bad in _checked(buffer, offsets, lengths, self.num_records):
                    self._bad += len(bad)
                    yield records
                self.num_records += len(offsets)
                self.end += at
                held = len(data) - at
                need = _need(data[at:])
                if need > size - self.end:  # as it was written, but the file ends before it
                    break
                if need > _LARGEST:
                    self._long += 1
                    self.end, held = file.seek(self.end + need), 0
                    need = 0
                room = buffer if need <= len(buffer) - _SLACK else np.empty(need + _SLACK, np.uint8)
                room[:held] = buffer[at : at + held]
                buffer = room
            self._torn = max(size - self.end, 0)

    def read_whole(self, buffer: Bytes) -> tuple[Places, Places, int]:
        """Read a file that was not read before into `buffer`; return its records and its size.

        The caller checks them, and says which are `damaged`.
        """
        with self.path.open("rb", buffering=0) as file:
            num_read = file.readinto(buffer.data) or 0
        offsets, lengths, self.end = self.frame(buffer[:num_read])
        self._torn = num_read - self.end
        self.num_records = len(offsets)
        return offsets, lengths, num_read

    def damaged(self, num: int) -> None:
        """Count `num` records with a wrong checksum."""
        self._bad += num

    def frame(self, data: Bytes) -> tuple[Places, Places, int]:
        """Return where whole records start, their lengths, and where the first that is not does."""
        place, length = _headers(data)
        after = place + length + (HEADER + FOOTER)
        breaks = np.flatnonzero(after[:-1] != place[1:])
        parts: list[tuple[Places, Places]] = []
        at = i = 0
        while at + HEADER <= len(data):
            if i < len(place) and place[i] == at:
                k = int(np.searchsorted(breaks, i))
                stop = int(breaks[k]) + 1 if k < len(breaks) else len(place)
                if after[stop - 1] > len(data):
                    stop, at = stop - 1, int(place[stop - 1])
                    parts.append((place[i:stop], length[i:stop]))
                    break
                parts.append((place[i:stop], length[i:stop]))
                at = int(after[stop - 1])
            elif is_header(head := data[at : at + HEADER].tobytes()):
                (size,) = struct.unpack_from("<Q", head)
                if at + HEADER + size + FOOTER > len(data):
                    break
                parts.append((np.array([at]), np.array([size])))
                at += HEADER + size + FOOTER
            else:
                # Without one here, a header may still begin in the last bytes of the chunk.
                limit = int(place[i]) if i < len(place) else len(data) - HEADER + 1
                found = _next_header(data, at + 1, limit)
                self._lost += found - at
                at = found
            i = int(np.searchsorted(place, at))
        if not parts:
            return np.empty(0, np.int64), np.empty(0, np.int64), at
        return (*(np.concatenate(column) for column in zip(*parts, strict=True)), at)  # type: ignore[return-value]


def _need(data: Bytes) -> int:
    """Return the bytes of the whole record that `data` begins with, 0 where it is too short."""
    if len(data) < HEADER:
        return 0
    (length,) = struct.unpack_from("<Q", data[:8].tobytes())
    return int(length) + HEADER + FOOTER


def _checked(
    buffer: Bytes, offsets: Places, lengths: Places, first: int
) -> Iterator[tuple[Records, Places]]:
    """Yield the records at `offsets`, those of one length together, and which were damaged.

    first: the ordinal of the first. buffer: goes on behind the last of them by _SLACK bytes.
    """
    if not len(offsets):
        return
    # Two bytes are sorted in linear time.
    small = bool(lengths.max() < _SOUGHT)
    order = np.argsort(lengths.astype(np.uint16) if small else lengths, kind="stable")
    in_order = lengths[order]
    edges = np.flatnonzero(in_order[1:] != in_order[:-1]) + 1
    for start, stop in zip([0, *edges.tolist()], [*edges.tolist(), len(order)], strict=True):
        these = order[start:stop]
        length = int(in_order[start])
        width = -(-(length + FOOTER) // 8) * 8
        rows = np.ndarray((len(buffer) - width + 1,), f"V{width}", buffer=buffer, strides=(1,))
        words = rows[offsets[these] + HEADER].view("<u8").reshape(len(these), width // 8)
        whole, varies = _whole(words, length)
        bad = these[:0]
        if not whole.all():
            these, bad, words = these[whole], these[~whole], words[whole]
        yield Records(first + these, words, length, varies), first + bad


def _whole(words: Words, length: int) -> tuple[NDArray[np.bool_], Words]:
    """Return which rows have the checksum that stands behind them, and where the rows differ."""
    stored = _unmasked(np.ndarray((len(words),), "<u4", words, length, words.strides[:1]))
    if len(words) > 1 and length <= _SHORT:
        change, varies = changes(words, length)
        crc = change ^ np.uint32(crc32c(words[0].tobytes()[:length]))
    else:
        varies = np.full(words.shape[1], ~np.uint64(0))
        as_bytes = words.view(np.uint8)[:, :length]
        long = length > _SHORT
        crc = crcs(as_bytes) if long else np.array([crc32c(as_bytes.tobytes())], np.uint32)
    whole: NDArray[np.bool_] = crc == stored
    return whole, varies


def read_together(files: Sequence[RecordFile]) -> Iterator[Records]:
    """Yield the records of small files, none of them read before, as if they were one.

    The ordinals go on from each file to the next: read it once to know their `num_records`.
    """
    sizes = [file.path.stat().st_size for file in files]
    if sum(sizes) > _CHUNK:
        keep_freed()
    buffer = np.empty(sum(sizes) + 4 * len(files) + _SLACK, np.uint8)
    base, parts = 0, []
    for file, size in zip(files, sizes, strict=True):
        offsets, lengths, num_read = file.read_whole(buffer[base : base + size])
        parts.append((offsets + base, lengths))
        base += (num_read + 3) & ~3  # aligned words are searched
    offsets, lengths = (np.concatenate(column) for column in zip(*parts, strict=True))
    firsts = np.cumsum([0, *(len(part) for part, _ in parts)])
    for records, bad in _checked(buffer, offsets, lengths, 0):
        for ordinal in bad.tolist():
            files[int(np.searchsorted(firsts, ordinal, side="right")) - 1].damaged(1)
        yield records
