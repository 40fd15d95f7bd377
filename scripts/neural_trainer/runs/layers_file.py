"""The file of per-layer statistics: framed binary records with a checksum each.

MAGIC, then frames: a mark of 4 bytes, the length of the payload and its CRC-32, both uint32,
little-endian. A frame HEADER holds JSON: the parameters, the modules, the names of the statistics
and of how many rows that were offered one is kept. A frame ROW holds step and time as float64 and
then float32 values: each gradient statistic for all parameters, one statistic after the other, then
each activation statistic for all modules. A header may follow anywhere, where the model changed or
the run was resumed: rows are of the last header before them. The checksum of a row goes on from
that of its header, so that no row is taken for another header's where that one is lost.
"""

from __future__ import annotations

import json
import os
import re
import struct
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neural_trainer.errors import ReadError
from neural_trainer.runs.layers import (
    ACTIVATION_STATISTICS,
    GRADIENT_STATISTICS,
    KINDS,
    Layers,
    Module,
    Parameter,
)
from neural_trainer.runs.run import Array

MAGIC = b"NTLAYERS1\n"
HEADER, ROW = b"NTLh", b"NTLr"
MARK = re.compile(rb"NTL[hr]")
HEAD = struct.Struct("<4sII")  # mark, length and CRC-32 of the payload
STAMP = struct.Struct("<dd")  # step and time, at the front of a row
MOST_BYTES = 1 << 30  # read of a file; what writes it keeps it far below
MOST_HEADER = 32 << 20  # bytes: some 200,000 parameters
MOST_NAMES = 500_000  # parameters or modules of a header
MOST_TEXT = 200  # characters of a name
MOST_CELLS = 1 << 28  # values of all rows joined, where headers share no name
MOST_PLACES = 10_000  # damaged places, or headers, of a file that is worth reading on
REREAD = 4  # times the size of the file that may be checksummed in vain, looking for whole frames
FIRST_BLOCK = 64  # rows looked at together; then ever more, so that few in a row cost little


def encode_header(
    parameters: Sequence[Parameter],
    modules: Sequence[Module],
    every: int = 1,
    gradients: Sequence[str] = GRADIENT_STATISTICS,
    activations: Sequence[str] = ACTIVATION_STATISTICS,
) -> bytes:
    """Return the frame of a header; `every`: of so many rows offered one is kept."""
    described = {
        "parameters": [asdict(parameter) for parameter in parameters],
        "modules": [asdict(module) for module in modules],
        "gradients": gradients,
        "activations": activations,
        "every": every,
    }
    payload = json.dumps(described, separators=(",", ":")).encode()
    return HEAD.pack(HEADER, len(payload), zlib.crc32(payload)) + payload


def crc_of(frame: bytes) -> int:
    """Return the checksum that a whole frame carries: what those of a header's rows go on from."""
    return int(HEAD.unpack_from(frame)[2])


def encode_row(header_crc: int, step: float, time: float, values: NDArray[np.float32]) -> bytes:
    """Return the frame of a row under the header whose checksum is `header_crc`."""
    payload = STAMP.pack(step, time) + values.astype("<f4", copy=False).tobytes()
    return HEAD.pack(ROW, len(payload), zlib.crc32(payload, header_crc)) + payload


def encode_rows(header_crc: int, rows: NDArray[Any]) -> bytes:
    """Return rows of `row_frame` as frames under another header."""
    sealed = rows.copy()
    size = rows.dtype.itemsize - HEAD.size
    view = memoryview(sealed.tobytes())
    starts = range(HEAD.size, len(view), rows.dtype.itemsize)
    sealed["crc"] = [zlib.crc32(view[start : start + size], header_crc) for start in starts]
    return bytes(sealed.tobytes())


def num_values(num_parameters: int, num_modules: int) -> int:
    """Return how many values a row holds."""
    return len(GRADIENT_STATISTICS) * num_parameters + len(ACTIVATION_STATISTICS) * num_modules


def row_frame(num: int) -> np.dtype[Any]:
    """Return the layout of the frame of a row of `num` values."""
    return np.dtype([
        ("mark", "S4"), ("length", "<u4"), ("crc", "<u4"),
        ("step", "<f8"), ("time", "<f8"), ("values", "<f4", (num,)),
    ])  # fmt: skip


@dataclass
class Section:
    """A header and the rows under it. rows: arrays of `row_frame`, in the order of the file."""

    parameters: tuple[Parameter, ...]
    modules: tuple[Module, ...]
    gradients: tuple[str, ...]
    activations: tuple[str, ...]
    every: int
    crc: int
    rows: list[NDArray[Any]]

    @property
    def num_values(self) -> int:
        """How many values one of its rows holds."""
        gradients = len(self.gradients) * len(self.parameters)
        return gradients + len(self.activations) * len(self.modules)

    @property
    def num_rows(self) -> int:
        """How many rows are under it."""
        return sum(len(part) for part in self.rows)

    def table(self) -> NDArray[Any]:
        """Return its rows as one array."""
        empty = np.empty(0, row_frame(self.num_values))
        return np.concatenate([empty, *self.rows])

    def header(self, every: int) -> bytes:
        """Return the frame of its header, with another `every`."""
        return encode_header(self.parameters, self.modules, every, self.gradients, self.activations)


@dataclass
class Scan:
    """What a file holds: its sections, the bytes up to which frames are whole, what was lost."""

    sections: list[Section]
    end: int
    damaged: int
    gave_up: bool

    @property
    def num_rows(self) -> int:
        """How many rows are in it."""
        return sum(section.num_rows for section in self.sections)


def read_layers(path: Path) -> tuple[Layers, tuple[str, ...]]:
    """Return the statistics in a file and notes of what in it could not be read.

    A frame in flight at the end is left out without a word. Raises ReadError.
    """
    try:
        with path.open("rb") as file:
            # To ask for more than there is makes room for all that was asked for.
            size = os.fstat(file.fileno()).st_size
            data = file.read(min(size, MOST_BYTES) + 1)
    except OSError as error:
        raise ReadError(f"{path}: cannot be read ({error.strerror or error})") from error
    if not data.startswith(MAGIC):
        raise ReadError(f"{path}: begins with {data[:10]!r}; expected a file of layers, {MAGIC!r}")
    notes = []
    if len(data) > MOST_BYTES:
        data = data[:MOST_BYTES]
        notes.append(f"{path.name}: read up to {MOST_BYTES >> 20} MiB")
    found = scan(data)
    if not found.sections:
        if found.damaged:
            raise ReadError(f"{path}: holds no header that can be read; it is damaged")
        found.sections.append(Section((), (), (), (), 1, 0, []))  # nothing was measured so far
    if found.damaged:
        rest = ", and all after the last of them" if found.gave_up else ""
        notes.append(f"{path.name}: {found.damaged} damaged places are left out{rest}")
    layers, joined = _joined(found.sections)
    return layers, (*notes, *(f"{path.name}: {note}" for note in joined))


def scan(data: bytes) -> Scan:
    """Return the sections of a file's bytes, which begin with MAGIC."""
    found = Scan([], len(MAGIC), 0, False)
    at, in_vain = len(MAGIC), 0
    while at < len(data):
        if found.sections:
            stop, damaged = _take_rows(data, at, found.sections[-1])
            found.damaged += damaged
            if stop > at:
                at = found.end = stop
                continue
        payload = _payload(data, at)
        header = None if payload is None else _header(payload)
        if payload is not None and header is not None:
            found.sections.append(header)
            at = found.end = at + HEAD.size + len(payload)
        else:
            after = MARK.search(data, at + 1)
            if after is None:
                found.damaged += not _begins_frame(data[at:])
                break
            found.damaged += 1
            in_vain += min(HEAD.unpack_from(data, at)[1], len(data) - at)
            at = after.start()
        if in_vain > REREAD * len(data) or max(found.damaged, len(found.sections)) > MOST_PLACES:
            found.gave_up = True
            break
    return found


def _begins_frame(rest: bytes) -> bool:
    """Return whether `rest` may be the first bytes of a frame that was not written to its end."""
    if not any(mark.startswith(rest[:4]) for mark in (HEADER, ROW)):
        return False
    if len(rest) < HEAD.size:
        return True
    return bool(len(rest) - HEAD.size < HEAD.unpack_from(rest)[1] <= MOST_BYTES)


def _payload(data: bytes, at: int) -> bytes | None:
    """Return the payload of the header at `at`; None where there is no whole one."""
    if len(data) - at < HEAD.size:
        return None
    mark, length, crc = HEAD.unpack_from(data, at)
    if mark != HEADER or length > min(MOST_HEADER, len(data) - at - HEAD.size):
        return None
    payload = data[at + HEAD.size : at + HEAD.size + length]
    return payload if zlib.crc32(payload) == crc else None


def _take_rows(data: bytes, at: int, section: Section) -> tuple[int, int]:
    """Add the rows that follow one another from `at` on; return where they end, how many are lost.

    Frames of the right mark and length whose checksum is wrong are rows with a flipped bit.
    """
    size = HEAD.size + STAMP.size + 4 * section.num_values
    if size > len(data) - at or HEAD.unpack_from(data, at)[:2] != (ROW, size - HEAD.size):
        return at, 0
    frame, view, damaged, block = row_frame(section.num_values), memoryview(data), 0, FIRST_BLOCK
    while at + size <= len(data):
        rows = np.frombuffer(data, frame, min(block, (len(data) - at) // size), at)
        shaped = (rows["mark"] == ROW) & (rows["length"] == size - HEAD.size)
        count = len(rows) if shaped.all() else int(shaped.argmin())
        starts = range(at + HEAD.size, at + count * size, size)
        crcs = [zlib.crc32(view[k : k + size - HEAD.size], section.crc) for k in starts]
        rows = rows[:count]
        whole = (rows["crc"] == np.array(crcs, np.uint32)) & np.isfinite(rows["step"])
        section.rows.append(rows[whole])
        damaged += count - int(whole.sum())
        at += count * size
        if count < len(shaped):
            break
        block *= 4
    return at, damaged


def _header(payload: bytes) -> Section | None:
    """Return the section that a header opens; None where it is none that we write."""
    try:
        described = json.loads(payload)
        parameters = tuple(_parameter(item) for item in described["parameters"])
        modules = tuple(
            Module(_text(item["name"]), _text(item["kind"])) for item in described["modules"]
        )
        gradients = tuple(_text(name) for name in described["gradients"])
        activations = tuple(_text(name) for name in described["activations"])
        every = int(described["every"])
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None
    for names in ([p.name for p in parameters], [m.name for m in modules], gradients, activations):
        if len(set(names)) < len(names) or len(names) > MOST_NAMES:
            return None
    crc = zlib.crc32(payload)
    return Section(parameters, modules, gradients, activations, max(every, 1), crc, [])


def _parameter(item: Any) -> Parameter:
    shape, trainable, group = item["shape"], item["trainable"], item["group"]
    plain = isinstance(shape, list) and all(type(size) is int for size in shape)
    if not plain or not isinstance(trainable, bool) or not (group is None or type(group) is int):
        raise ValueError(item)
    kind = _text(item["kind"])
    return Parameter(
        _text(item["name"]), kind if kind in KINDS else "other", tuple(shape), trainable, group
    )


def _text(value: Any) -> str:
    """Return a name without control characters, cut: it is shown in sentences."""
    if not isinstance(value, str):
        raise ValueError(value)
    if value.isprintable():
        return value[:MOST_TEXT]
    return "".join(char if char.isprintable() else "?" for char in value[:MOST_TEXT])


def _joined(sections: list[Section]) -> tuple[Layers, list[str]]:
    """Return the rows of all sections, by the names of the last one and then of those before."""
    used = [section for section in sections if section.num_rows] or sections[-1:]
    notes: list[str] = []
    order, module_order = _order(used)
    cells = sum(s.num_rows for s in used) * num_values(len(order), len(module_order))
    if cells > MOST_CELLS and len(used) > 1:
        notes.append(f"{len(used) - 1} earlier models are left out, the last is shown")
        used = used[-1:]
        order, module_order = _order(used)
    tables = [section.table() for section in used]
    step = np.concatenate([rows["step"] for rows in tables])
    time = np.concatenate([rows["time"] for rows in tables])
    keep = _kept(step)
    gradients = {
        name: np.full((len(step), len(order)), np.nan, np.float32) for name in GRADIENT_STATISTICS
    }
    activations = {
        name: np.full((len(step), len(module_order)), np.nan, np.float32)
        for name in ACTIVATION_STATISTICS
    }
    place = {name: index for index, name in enumerate(order)}
    module_place = {name: index for index, name in enumerate(module_order)}
    start = 0
    for section, rows in zip(used, tables, strict=True):
        columns = np.array([place[p.name] for p in section.parameters], np.intp)
        module_columns = np.array([module_place[m.name] for m in section.modules], np.intp)
        part = slice(start, start + len(rows))
        start += len(rows)
        _spread(rows["values"], section.gradients, columns, gradients, part)
        rest = rows["values"][:, len(section.gradients) * len(columns) :]
        _spread(rest, section.activations, module_columns, activations, part)
    layers = Layers(
        step, time, tuple(order.values()), tuple(module_order.values()), gradients, activations
    )
    return (layers if keep.all() else layers.where(keep)), notes


def _order(sections: list[Section]) -> tuple[dict[str, Parameter], dict[str, Module]]:
    """Return all parameters and modules by name: those of the last section, then of those before.

    The latest description of each is kept.
    """
    parameters: dict[str, Parameter] = {}
    modules: dict[str, Module] = {}
    for section in reversed(sections):
        for parameter in section.parameters:
            parameters.setdefault(parameter.name, parameter)
        for module in section.modules:
            modules.setdefault(module.name, module)
    return parameters, modules


def _kept(step: Array) -> NDArray[np.bool_]:
    """Return which rows were not measured again after a resume from an earlier step."""
    least_after = np.minimum.accumulate(np.append(step, np.inf)[::-1])[::-1][1:]
    return np.asarray(step < least_after)


def _spread(
    values: NDArray[np.float32], names: tuple[str, ...], columns: NDArray[np.intp],
    into: dict[str, NDArray[np.float32]], part: slice,
) -> None:  # fmt: skip
    """Put each statistic of `values`, (n, statistics x columns), in its table."""
    width = len(columns)
    for index, name in enumerate(names):
        if name in into:
            into[name][part, columns] = values[:, index * width : (index + 1) * width]
