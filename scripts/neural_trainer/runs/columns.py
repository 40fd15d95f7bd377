"""Columns: the numbers of a log gathered row by row, each column only at the rows that hold it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
    if not cell or len(cell) > 64:
        return None
    if not cell[-1].isalpha() or cell[-1] in "nfyNFY":
        try:
            return None if "_" in cell else float(cell)
        except ValueError:
            pass
    if match := _WITH_UNIT.fullmatch(cell):
        return float(match[1]) * _FACTORS[match[2]]
    if match := _DURATION.fullmatch(cell):
        days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
        return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    return None


@dataclass
class Columns:
    """What a reader fills: nested objects are flattened with "/", null is left out."""

    num_rows: int = 0
    _parts: dict[str, list[Column]] = field(default_factory=dict)

    def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Append `rows`."""
        index = np.arange(self.num_rows, self.num_rows + len(rows), dtype=np.int64)
        self._add_objects(rows, index, "", 0)
        self.num_rows += len(rows)

    def add_column(self, name: str, row: Rows, value: Array) -> None:
        """Append one part of a column as it stands; its rows follow those already there."""
        if len(row):
            self._parts.setdefault(name, []).append(Column(row, value))
            self.num_rows = max(self.num_rows, int(row[-1]) + 1)

    def columns(self) -> dict[str, Column]:
        """Return the columns in the order in which they first appeared."""
        done = {}
        for name, parts in self._parts.items():
            row = np.concatenate([part.row for part in parts])
            value = np.concatenate([part.value for part in parts])
            if (np.diff(row) <= 0).any():  # parts of rows that differ in their keys
                row, first = np.unique(row, return_index=True)
                value = value[first]
            done[name] = Column(row, value)
        return done

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
                self._parts.setdefault(name, []).append(Column(at, np.array(values, np.float64)))
                return
            except OverflowError:  # an integer past the largest float
                pass
        if dict in kinds:
            some = [i for i, value in enumerate(values) if isinstance(value, dict)]
            self._add_nested(name, [values[i] for i in some], at[some], depth)
        numbers = [(i, x) for i, value in enumerate(values) if (x := number(value)) is not None]
        if numbers:
            kept, found = zip(*numbers, strict=True)
            self._parts.setdefault(name, []).append(Column(at[list(kept)], np.array(found)))

    def _add_nested(self, name: str, objects: list[dict[str, Any]], at: Rows, depth: int) -> None:
        if all(entry.keys() == {"num", "mean", "std"} for entry in objects):  # StyleGAN
            self._add_cells(name, [entry["mean"] for entry in objects], at, depth)
        elif depth < _DEEPEST and name != "config":
            # Keys that are all numbers index a list written as an object: no names of metrics.
            named = [i for i, entry in enumerate(objects) if not all(map(str.isdigit, entry))]
            self._add_objects([objects[i] for i in named], at[named], name + "/", depth + 1)
