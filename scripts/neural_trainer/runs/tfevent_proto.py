"""TensorBoard's protobuf: one event parsed, with the places of what differs from event to event."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

# Types of tensorflow/core/framework/types.proto that hold a number.
_TYPES = {
    1: "<f4", 2: "<f8", 3: "<i4", 4: "<u1", 5: "<i2", 6: "<i1", 9: "<i8", 10: "<u1", 14: "bfloat16",
    17: "<u2", 19: "<f2", 22: "<u4", 23: "<u8",
}  # fmt: skip
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


class Field(NamedTuple):
    """One field of a message: its number, wire type, where its content lies, a varint's value."""

    number: int
    wire: int
    start: int
    stop: int
    value: int


class Value(NamedTuple):
    """One scalar of an event. at, dtype: where the number lies, where it lies there as it is.

    tag_at: where the tag lies.
    """

    tag: str
    tag_at: tuple[int, int]
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
    tag, tag_at, found = "", (0, 0), None
    tensor: Field | None = None
    for part in fields(data, message.start, message.stop):
        if part.number == 1 and part.wire == _BYTES:
            tag_at = (part.start, part.stop)
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
    return None if found is None else Value(tag, tag_at, *found)


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
