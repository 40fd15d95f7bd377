"""TensorBoard events: the scalars in the protobuf payloads of an event file."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neural_trainer.runs.run import Array
from neural_trainer.runs.tfrecord import Bytes, Records

# Types of tensorflow/core/framework/types.proto that hold a number.
_TYPES = {
    1: "<f4", 2: "<f8", 3: "<i4", 4: "<u1", 5: "<i2", 6: "<i1", 9: "<i8", 10: "<u1", 14: "bfloat16",
    17: "<u2", 19: "<f2", 22: "<u4", 23: "<u8",
}  # fmt: skip
_FEW = 8  # rows; fewer are parsed one by one
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
    """One record. time_at, step_at: where these lie; num_values: the values of its summary."""

    time: float
    time_at: int
    step: int
    step_at: tuple[int, int]
    values: list[Value]
    num_values: int


@dataclass
class Scalars:
    """The scalars of one file, gathered record by record."""

    plugins: dict[str, str] = field(default_factory=dict)
    num_broken: int = 0
    _parts: dict[str, list[tuple[NDArray[np.int64], Array, Array, Array]]] = field(
        default_factory=dict
    )

    def add(self, records: Records) -> None:
        """Add what scalars there are in records of one length."""
        ordinal, rows, at = records.ordinal, records.payload, 0
        while at < len(rows):
            event = self._parse(rows[at])
            if event is None or len(rows) - at < _FEW or not _is_template(event):
                self._add_event(event, int(ordinal[at]))
                at += 1
                continue
            alike = _alike(rows[at:], event)
            self._add_rows(rows[at:][alike], ordinal[at:][alike], event)
            rows, ordinal, at = rows[at:][~alike], ordinal[at:][~alike], 0

    def tags(self) -> dict[str, tuple[NDArray[np.int64], Array, Array, Array]]:
        """Return each scalar tag's ordinals, steps, times and values, in the order of the file."""
        done = {}
        for tag, parts in self._parts.items():
            if self.plugins.get(tag, "scalars") != "scalars":
                continue
            ordinal, step, time, value = (
                np.concatenate(column) for column in zip(*parts, strict=True)
            )
            order = np.argsort(ordinal, kind="stable")
            done[tag] = (ordinal[order], step[order], time[order], value[order])
        return done

    def _parse(self, row: Bytes) -> Event | None:
        try:
            return parse(row.tobytes(), self.plugins)
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

    def _add_rows(self, rows: Bytes, ordinal: NDArray[np.int64], event: Event) -> None:
        start, stop = event.step_at
        step = np.zeros(len(rows), np.uint64)
        for j in range(start, stop):
            step |= (rows[:, j] & 127).astype(np.uint64) << np.uint64(7 * (j - start))
        steps = step.view(np.int64).astype(np.float64)
        times = _numbers(rows, event.time_at, "<f8")
        for value in event.values:
            self._put(value.tag, ordinal, steps, times, _numbers(rows, value.at, value.dtype))

    def _put(self, tag: str, ordinal: NDArray[np.int64], *columns: Array) -> None:
        step, time, value = columns
        self._parts.setdefault(tag, []).append((ordinal, step, time, value))


def _numbers(rows: Bytes, at: int, dtype: str) -> Array:
    width = np.dtype(dtype).itemsize
    return np.ascontiguousarray(rows[:, at : at + width]).view(dtype).ravel().astype(np.float64)


def _is_template(event: Event) -> bool:
    """Return whether what tells one such event from another lies at known places."""
    places = [event.time_at, *(value.at for value in event.values)]
    return event.num_values == len(event.values) > 0 and min(places) > 0


def _alike(rows: Bytes, event: Event) -> NDArray[np.bool_]:
    """Return which rows differ from the first in time, step and values alone."""
    same = np.ones(rows.shape[1], np.bool_)
    start, stop = event.step_at
    same[event.time_at : event.time_at + 8] = False
    for value in event.values:
        same[value.at : value.at + np.dtype(value.dtype).itemsize] = False
    same[start:stop] = False
    alike: NDArray[np.bool_] = (rows[:, same] == rows[0, same]).all(axis=1)
    # A varint's bytes but the last have their high bit set.
    alike &= ((rows[:, start:stop] & 128) == (rows[0, start:stop] & 128)).all(axis=1)
    return alike


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
    return Event(time, time_at, step, step_at, values, num_values)


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
