"""TensorBoard events: the scalars in the protobuf payloads of an event file."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neural_trainer.runs.run import Array
from neural_trainer.runs.tfrecord import Places, Records, Words

# Types of tensorflow/core/framework/types.proto that hold a number.
_TYPES = {
    1: "<f4", 2: "<f8", 3: "<i4", 4: "<u1", 5: "<i2", 6: "<i1", 9: "<i8", 10: "<u1", 14: "bfloat16",
    17: "<u2", 19: "<f2", 22: "<u4", 23: "<u8",
}  # fmt: skip
_FEW = 8  # rows; fewer are parsed one by one
_TRIES = 8  # layouts that the rows of one length are tried for, and rows alone of their kind
_MIXER = np.uint64(0x9E3779B97F4A7C15)  # odd, its bits spread: the golden ratio's

Rows = NDArray[np.intp]
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


class Field(NamedTuple):
    """One field of a message: its number, wire type, where its content lies, a varint's value."""

    number: int
    wire: int
    start: int
    stop: int
    value: int


class Value(NamedTuple):
    """One scalar of an event. at, dtype: where the number lies, where it lies there as it is."""

    tag: str
    value: float
    at: int
    dtype: str


class Event(NamedTuple):
    """One record. time_at, step_at: where these lie; num_values: the values of its summary.

    size: its bytes.
    """

    time: float
    time_at: int
    step: int
    step_at: tuple[int, int]
    values: list[Value]
    num_values: int
    size: int


@dataclass
class Points:
    """One tag's points, in arrays that grow; what is said of them holds for all of them.

    rising: the steps increase. counting: they do so by one. dated: the times are finite and never
    go back.
    """

    num: int = 0
    rising: bool = True
    counting: bool = True
    dated: bool = True
    _columns: list[Array] = field(default_factory=lambda: [np.empty(0) for _ in range(4)])
    _judged: int = 0

    @property
    def ordinal(self) -> Array:
        """Where in the file they lie, (n,), increasing."""
        return self._columns[0][: self.num]

    @property
    def step(self) -> Array:
        """(n,)."""
        return self._columns[1][: self.num]

    @property
    def time(self) -> Array:
        """(n,), unix seconds."""
        return self._columns[2][: self.num]

    @property
    def value(self) -> Array:
        """(n,)."""
        return self._columns[3][: self.num]

    def append(self, *columns: NDArray[Any]) -> None:
        """Add ordinals, steps, times and values."""
        stop = self.num + len(columns[0])
        if stop > len(self._columns[0]):
            room = max(stop, 2 * len(self._columns[0]))
            for i, old in enumerate(self._columns):
                self._columns[i] = np.empty(room)
                self._columns[i][: self.num] = old[: self.num]
        for column, new in zip(self._columns, columns, strict=True):
            column[self.num : stop] = new
        self.num = stop

    def judge(self) -> None:
        """Put the points in order and find what holds for those that came since the last time."""
        if self._judged == self.num:
            return
        since = max(self._judged - 1, 0)
        ordinal = self.ordinal[since:]
        if (ordinal[1:] < ordinal[:-1]).any():
            order = np.argsort(self.ordinal, kind="stable")
            self._columns = [column[: self.num][order] for column in self._columns]
            since, self.rising, self.counting, self.dated = 0, True, True, True
        step, time = self.step[since:], self.time[since:]
        gaps = step[1:] - step[:-1]
        self.rising = self.rising and bool((gaps > 0).all())
        self.counting = self.counting and bool((gaps == 1).all())
        in_order = bool((time[1:] >= time[:-1]).all())
        self.dated = self.dated and in_order and math.isfinite(time[0]) and math.isfinite(time[-1])
        self._judged = self.num


@dataclass
class Scalars:
    """The scalars of one file, gathered record by record."""

    plugins: dict[str, str] = field(default_factory=dict)
    num_broken: int = 0
    _points: dict[str, Points] = field(default_factory=dict)
    _known: dict[bytes, dict[bytes, Event]] = field(default_factory=dict)

    def add(self, records: Records) -> None:
        """Add what scalars there are in records of one length."""
        pending = [(records.ordinal, records.words, 0)]
        while pending:
            ordinal, words, tries = pending.pop()
            event = self._parse(words[0], records.length)
            few = len(words) < _FEW or tries == _TRIES
            if event is None or few or not _is_template(event):
                self._add_event(event, int(ordinal[0]))
                if len(words) > 1:
                    pending.append((ordinal[1:], words[1:], tries))
                continue
            kinds, rest = self._add_alike(records, ordinal, words, event)
            pending += [(ordinal[rows], words[rows], tries) for rows in kinds]
            if len(rest) and rest[0] == 0:
                self._add_event(event, int(ordinal[0]))
                rest = rest[1:]
            if len(rest):
                # Rows of no kind at all must not be gone through again and again.
                tries += 4 * len(rest) > 3 * len(words)
                pending.append((ordinal[rest], words[rest], tries))

    def _add_alike(
        self, records: Records, ordinal: Places, words: Words, event: Event
    ) -> tuple[list[Rows], Rows]:
        """Add the rows that lie as `event`, the first, does; return those that do not.

        By kind where many are alike, and the rest.
        """
        same = _same(event, words.shape[1])
        kinds, rest = _kinds(words, records.varies & same)
        known = self._known.setdefault(same.tobytes(), {(words[0] & same).tobytes(): event})
        columns = _decoded(words, event)
        others = []
        for rows in kinds:
            first = words[rows[0]]
            key = (first & same).tobytes()
            one = known.get(key) or self._parse(first, records.length)
            if one is None or _layout(one) != _layout(event):
                others.append(rows)
                continue
            known[key] = one
            step, time, *values = columns if len(kinds) == 1 else [c[rows] for c in columns]
            at = ordinal if len(kinds) == 1 else ordinal[rows]
            for value, column in zip(one.values, values, strict=True):
                self._put(value.tag, at, step, time, column)
        return others, rest

    def tags(self) -> dict[str, Points]:
        """Return each scalar tag's points."""
        done = {}
        for tag, points in self._points.items():
            if self.plugins.get(tag, "scalars") == "scalars":
                points.judge()
                done[tag] = points
        return done

    def cut(self, firsts: Sequence[int]) -> list[Scalars] | None:
        """Return the scalars of each file where several were read as one, None where that errs.

        firsts: the ordinals at which the files begin.
        """
        # What one file says of a tag does not hold for the same tag in another.
        others = (self.plugins.get(tag, "scalars") != "scalars" for tag in self._points)
        if self.num_broken or any(others):
            return None
        files = [Scalars() for _ in firsts]
        for tag, points in self.tags().items():
            edges = [*np.searchsorted(points.ordinal, firsts).tolist(), points.num]
            columns = (points.step, points.time, points.value)
            for file, first, start, stop in zip(files, firsts, edges, edges[1:], strict=False):
                if stop > start:
                    ordinal = points.ordinal[start:stop] - first
                    file._put(tag, ordinal, *(column[start:stop] for column in columns))
        return files

    def _parse(self, row: Words, length: int) -> Event | None:
        try:
            return parse(row.tobytes()[:length], self.plugins)
        except (ValueError, IndexError, struct.error):
            self.num_broken += 1
            return None

    def _add_event(self, event: Event | None, ordinal: int) -> None:
        if event is not None:
            for value in event.values:
                self._put(
                    value.tag, np.array([ordinal]), np.array([float(event.step)]),
                    np.array([event.time]), np.array([value.value]),
                )  # fmt: skip

    def _put(self, tag: str, *columns: NDArray[Any]) -> None:
        points = self._points.get(tag)
        if points is None:
            points = self._points[tag] = Points()
        points.append(*columns)


def _column(words: Words, at: int, dtype: str) -> NDArray[Any]:
    """Return the numbers at byte `at` of each row, without a copy."""
    found: NDArray[Any] = np.ndarray((len(words),), dtype, words, at, words.strides[:1])
    return found


def _is_template(event: Event) -> bool:
    """Return whether what tells one such event from another lies at known places."""
    places = [event.time_at, *(value.at for value in event.values)]
    return event.num_values == len(event.values) > 0 and min(places) > 0


def _same(event: Event, num_words: int) -> Words:
    """Return the bits that are those of `event` in every event of its kind, (num_words,)."""
    same = np.zeros(8 * num_words, np.uint8)
    same[: event.size] = 255
    same[event.time_at : event.time_at + 8] = 0
    for value in event.values:
        same[value.at : value.at + np.dtype(value.dtype).itemsize] = 0
    start, stop = event.step_at
    same[start:stop] = 128  # a varint's bytes but the last have their high bit set
    return same.view(np.uint64)


def _layout(event: Event) -> tuple[object, ...]:
    return (event.time_at, event.step_at, *((value.at, value.dtype) for value in event.values))


def _decoded(words: Words, event: Event) -> list[NDArray[Any]]:
    """Return the steps, the times and the values of rows that lie as `event` does."""
    start, stop = event.step_at
    step = np.zeros(len(words), np.uint64)
    for j in range(start, stop):
        byte = _column(words, j, "u1") & 127
        step |= byte.astype(np.uint64) << np.uint64(7 * (j - start))
    values = [_column(words, value.at, value.dtype) for value in event.values]
    return [step.view(np.int64), _column(words, event.time_at, "<f8"), *values]


def _kinds(words: Words, differing: Words) -> tuple[list[Rows], Rows]:
    """Return the rows that agree with each other in the bits `differing`, kind by kind, and a rest.

    In the rest are kinds of few rows: in a layout of their own they may yet be of one kind.
    """
    bits = [(words[:, k] ^ words[0, k]) & differing[k] for k in np.flatnonzero(differing)]
    if not any(one.any() for one in bits):
        return [np.arange(len(words))], np.arange(0)
    mixed = np.zeros(len(words), np.uint64)
    for one in bits:
        mixed = (mixed ^ one) * _MIXER
    kind = (mixed >> np.uint64(48)).astype(np.uint16)  # two bytes are sorted in linear time
    order = np.argsort(kind, kind="stable")
    starts = np.flatnonzero(np.append(True, np.diff(kind[order]) != 0))
    sizes = np.diff(np.append(starts, len(order)))
    agree = np.ones(len(order), np.bool_)
    for one in bits:
        agree &= one[order] == np.repeat(one[order[starts]], sizes)
    often = np.logical_and.reduceat(agree, starts) & (sizes >= _FEW)
    edges = zip(starts[often].tolist(), (starts + sizes)[often].tolist(), strict=True)
    rest = order[np.repeat(~often, sizes)]
    return [order[start:stop] for start, stop in edges], np.sort(rest)


def fields(data: bytes, start: int, stop: int) -> Iterator[Field]:
    """Yield the fields of the message in data[start:stop]; raise ValueError where it is broken."""
    while start < stop:
        key, start = _varint(data, start)
        wire, value, end = key & 7, 0, start
        if wire == _VARINT:
            value, end = _varint(data, start)
        elif wire == _FIXED64:
            end = start + 8
        elif wire == _BYTES:
            length, start = _varint(data, start)
            end = start + length
        elif wire == _FIXED32:
            end = start + 4
        else:
            raise ValueError(f"wire type {wire}")
        if end > stop:
            raise ValueError("a field longer than its message")
        yield Field(key >> 3, wire, start, end, value)
        start = end


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value & 0xFFFFFFFFFFFFFFFF, at
    raise ValueError("a varint of more than ten bytes")


def _signed(value: int) -> int:
    return value - (1 << 64) if value >> 63 else value


def parse(data: bytes, plugins: dict[str, str]) -> Event:
    """Return the event in `data`; learn from it which plugin each tag belongs to."""
    time, time_at, step, step_at = 0.0, 0, 0, (0, 0)
    values: list[Value] = []
    num_values = 0
    for part in fields(data, 0, len(data)):
        if part.number == 1 and part.wire == _FIXED64:
            time, time_at = struct.unpack_from("<d", data, part.start)[0], part.start
        elif part.number == 2 and part.wire == _VARINT:
            step, step_at = _signed(part.value), (part.start, part.stop)
        elif part.number == 5 and part.wire == _BYTES:
            for one in fields(data, part.start, part.stop):
                if one.number == 1 and one.wire == _BYTES:
                    num_values += 1
                    value = _value(data, one, plugins)
                    values += [] if value is None else [value]
    return Event(time, time_at, step, step_at, values, num_values, len(data))


def _value(data: bytes, message: Field, plugins: dict[str, str]) -> Value | None:
    """Return the scalar in a Summary.Value, None where it holds another kind of thing."""
    tag, found = "", None
    tensor: Field | None = None
    for part in fields(data, message.start, message.stop):
        if part.number == 1 and part.wire == _BYTES:
            tag = data[part.start : part.stop].decode("utf-8", errors="replace")
        elif part.number == 2 and part.wire == _FIXED32:
            found = (float(struct.unpack_from("<f", data, part.start)[0]), part.start, "<f4")
        elif part.number == 8 and part.wire == _BYTES:
            tensor = part
        elif part.number == 9 and part.wire == _BYTES:
            plugin = _plugin(data, part)
            if plugin:
                plugins[tag] = plugin
    if tensor is not None:
        found = _tensor(data, tensor)
    return None if found is None else Value(tag, *found)


def _plugin(data: bytes, metadata: Field) -> str:
    for part in fields(data, metadata.start, metadata.stop):
        if part.number == 1 and part.wire == _BYTES:
            for one in fields(data, part.start, part.stop):
                if one.number == 1 and one.wire == _BYTES:
                    return data[one.start : one.stop].decode("utf-8", errors="replace")
    return ""


def _tensor(data: bytes, message: Field) -> tuple[float, int, str] | None:
    """Return the number in a TensorProto of one element, where it lies and as what."""
    parts = {part.number: part for part in fields(data, message.start, message.stop)}
    dtype = _TYPES.get(parts[1].value) if 1 in parts else None
    if dtype is None or (2 in parts and not _is_scalar(data, parts[2])):
        return None
    content = parts.get(4)
    if content is not None and content.stop > content.start:
        return _stored(data, content, dtype)
    for number, kind in ((5, "<f4"), (6, "<f8")):
        if number in parts:
            return _stored(data, parts[number], kind)
    for number in (7, 10, 11, 13, 16, 17):  # int, int64, bool, half, uint32 and uint64 values
        if number in parts:
            part = parts[number]
            value = part.value if part.wire == _VARINT else _varint(data, part.start)[0]
            if number == 13:
                return _stored(struct.pack("<H", value & 0xFFFF), Field(0, 0, 0, 2, 0), dtype)
            return float(_signed(value) if number in (7, 10) else value), 0, ""
    return 0.0, 0, ""  # protobuf leaves out what is zero


def _is_scalar(data: bytes, shape: Field) -> bool:
    for part in fields(data, shape.start, shape.stop):
        if part.number == 2:
            sizes = [d.value for d in fields(data, part.start, part.stop) if d.number == 1]
            if sizes != [1]:
                return False
    return True


def _stored(data: bytes, part: Field, dtype: str) -> tuple[float, int, str] | None:
    raw = data[part.start : part.stop]
    if dtype == "bfloat16":  # the upper half of a float32
        return (float(np.frombuffer(b"\0\0" + raw, "<f4")[0]), 0, "") if len(raw) == 2 else None
    if len(raw) != np.dtype(dtype).itemsize:
        return None
    at = part.start if len(data) > len(raw) else 0
    return float(np.frombuffer(raw, dtype)[0]), at, dtype if at else ""
