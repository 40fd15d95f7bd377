"""Columns: the numbers of a log gathered row by row, each column only at the rows that hold it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neural_trainer.runs.run import Array

Rows = NDArray[np.int64]

_DEEPEST = 8  # levels of nested JSON objects: RLlib's learner statistics lie at 5
_DURATION = re.compile(r"(?:(\d+) days?, )?(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)")
_WITH_UNIT = re.compile(r"(\d+(?:\.\d*)?) ?([KMGT]?)(?:B|iB|%|/\d+)?")
_FACTORS = {"": 1.0, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}


class Column(NamedTuple):
    """One column. row: (n,) row numbers, increasing; value: (n,), NaN was logged as NaN."""

    row: Rows
    value: Array


def number(cell: object) -> float | None:
    """Return what a cell of a table or of JSON says as a number, None where it says none.

    >>> number("-inf"), number("6.29G"), number("12/299"), number("01:30"), number("adam")
    (-inf, 6290000000.0, 12.0, 90.0, None)
    """
    if isinstance(cell, (int, float)):
        try:
            return float(cell)
        except OverflowError:
            return np.inf if cell > 0 else -np.inf
    return _spelled(cell.strip()) if isinstance(cell, str) else None


def _spelled(cell: str) -> float | None:
    if not cell:
        return None
    if not cell[-1].isalpha() or cell[-1] in "nfyNFY":
        try:
            return None if "_" in cell else float(cell)
        except ValueError:
            pass
    if len(cell) > 64:
        return None
    if match := _WITH_UNIT.fullmatch(cell):
        return float(match[1]) * _FACTORS[match[2]]
    if match := _DURATION.fullmatch(cell):
        days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
        return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    return None


class _Filling:
    """A column that grows. Columns that were taken from it before stay as they are.

    first: its first row, and the serial number of what brought it. _row: None while it holds each
    row from 0 on.
    """

    def __init__(self, room: int) -> None:
        self.num = 0
        self.first = (0, 0)
        self._value = np.empty(room)
        self._row: Rows | None = None

    def add(self, row: Rows, value: Array, expected: int, serial: int) -> None:
        """Append values at `row`, (n > 0,), increasing.

        expected: how many there may be in all. serial: of what is added to all columns.
        """
        stop = self.num + len(row)
        if self._row is None and (row[0] != self.num or row[-1] != stop - 1):
            self._row = np.empty(len(self._value), np.int64)
            self._row[: self.num] = np.arange(self.num)
        if stop > len(self._value):
            self._make_room(max(stop, 2 * len(self._value), expected))
        if self._row is not None:
            self._row[self.num : stop] = row
        self._value[self.num : stop] = value
        self.first = min(self.first, (int(row[0]), serial)) if self.num else (int(row[0]), serial)
        self.num = stop

    def _make_room(self, room: int) -> None:
        value, row = self._value, self._row
        self._value = np.empty(room)
        self._value[: self.num] = value[: self.num]
        if row is not None:
            self._row = np.empty(room, np.int64)
            self._row[: self.num] = row[: self.num]

    def is_whole(self, num_rows: int) -> bool:
        """Return whether it holds each of so many rows."""
        return self._row is None and self.num == num_rows

    def move(self, room: Array) -> None:
        """Go on in `room`, (n >= num,)."""
        room[: self.num] = self._value[: self.num]
        self._value = room

    def copy(self) -> _Filling:
        """Return a column that grows by itself."""
        other = copy(self)
        other._make_room(self.num)
        return other

    def column(self, every: Rows) -> Column:
        """Return what was added, in order of row; of equal rows the first. every: 0, 1, 2 …"""
        row = every[: self.num] if self._row is None else self._row[: self.num]
        value = self._value[: self.num]
        if self._row is not None and (row[1:] <= row[:-1]).any():  # rows that differ in their keys
            row, first = np.unique(row, return_index=True)
            value = value[first]
        return Column(row, value)


@dataclass
class Columns:
    """What a reader fills: nested objects are flattened with "/", null is left out."""

    num_rows: int = 0
    _filling: dict[str, _Filling] = field(default_factory=dict)
    _expected: int = 0
    _serial: int = 0

    def expect(self, num_rows: int) -> None:
        """Make room for so many rows in columns that grow, rather than step by step."""
        if not self._expected:
            whole = [f for f in self._filling.values() if f.is_whole(self.num_rows)]
            # One array for all: the system gives it large pages, for a third of the time.
            rooms = np.empty((len(whole), max(num_rows + num_rows // 64, self.num_rows)))
            for filling, room in zip(whole, rooms, strict=True):
                filling.move(room)
        self._expected = num_rows

    def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Append `rows`."""
        self.add_at(rows, np.arange(self.num_rows, self.num_rows + len(rows), dtype=np.int64))
        self.num_rows += len(rows)

    def add_at(self, rows: Sequence[Mapping[str, Any]], index: Rows) -> None:
        """Add `rows` as those of the numbers `index`, (n,); num_rows stays."""
        self._add_objects(rows, index, "", 0)

    def add_column(self, name: str, row: Rows, value: Array) -> None:
        """Append one part of a column as it stands; its rows follow those already there."""
        if len(row):
            self._add_part(name, row, value)
            self.num_rows = max(self.num_rows, int(row[-1]) + 1)

    def copy(self) -> Columns:
        """Return columns that grow by themselves."""
        filling = {name: filling.copy() for name, filling in self._filling.items()}
        return replace(self, _filling=filling)

    def columns(self) -> dict[str, Column]:
        """Return the columns in the order in which they first appeared."""
        every = np.arange(max((filling.num for filling in self._filling.values()), default=0))
        in_order = sorted(self._filling.items(), key=lambda item: item[1].first)
        return {name: filling.column(every) for name, filling in in_order}

    def _add_part(self, name: str, row: Rows, value: Array) -> None:
        filling = self._filling.get(name)
        if filling is None:
            filling = self._filling[name] = _Filling(len(row))
        self._serial += 1
        filling.add(row, value, self._expected, self._serial)

    def _add_objects(
        self, rows: Sequence[Mapping[str, Any]], index: Rows, prefix: str, depth: int
    ) -> None:
        alike: dict[tuple[str, ...], list[int]] = {}
        for i, row in enumerate(rows):
            alike.setdefault(tuple(row), []).append(i)
        for keys, members in alike.items():
            at = index[members]
            cells = zip(*(rows[i].values() for i in members), strict=True)
            for key, values in zip(keys, cells, strict=True):
                self._add_cells(prefix + key, values, at, depth)

    def _add_cells(self, name: str, values: Sequence[Any], at: Rows, depth: int) -> None:
        kinds = set(map(type, values))
        if kinds <= {float, int}:
            try:
                self._add_part(name, at, np.array(values, np.float64))
                return
            except OverflowError:  # an integer past the largest float
                pass
        if dict in kinds:
            some = [i for i, value in enumerate(values) if isinstance(value, dict)]
            self._add_nested(name, [values[i] for i in some], at[some], depth)
        numbers = [(i, x) for i, value in enumerate(values) if (x := number(value)) is not None]
        if numbers:
            kept, found = zip(*numbers, strict=True)
            self._add_part(name, at[list(kept)], np.array(found))

    def _add_nested(self, name: str, objects: list[dict[str, Any]], at: Rows, depth: int) -> None:
        if all(entry.keys() == {"num", "mean", "std"} for entry in objects):  # StyleGAN
            self._add_cells(name, [entry["mean"] for entry in objects], at, depth)
        elif depth < _DEEPEST and name != "config":
            # Keys that are all numbers index a list written as an object: no names of metrics.
            named = [i for i, entry in enumerate(objects) if not all(map(str.isdigit, entry))]
            self._add_objects([objects[i] for i in named], at[named], name + "/", depth + 1)
