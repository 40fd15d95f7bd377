"""Phases: a column of a table whose words say on which data each row was measured.

Long-form tables have one: `epoch,type,loss` with a row `1,train,0.5` and a row `1,val,0.6`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from neural_trainer.runs import axes, names
from neural_trainer.runs.columns import Column, Rows
from neural_trainer.runs.name_words import SPLITS
from neural_trainer.runs.run import Array

_WORDS = tuple(SPLITS)  # a phase is kept as the place of its word in them
_RISING = Column(np.arange(2), np.arange(2.0))
_CODES = {word: float(code) for code, word in enumerate(_WORDS)}
# As bytes and in the cases that they are written in.
SPELLED = {
    form.encode(): code
    for word, code in _CODES.items()
    for form in (word, word.upper(), word.capitalize())
}


def phase(cell: str) -> float | None:
    """Return the number that stands for a word of a phase, None for another word.

    >>> phase("Train") is None, phase("adam")
    (False, None)
    """
    return _CODES.get(cell.strip().lower())


def phase_column(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str | None:
    """Return the column in which each row names a phase, None where there is none."""
    for name, cells in zip(header, zip(*rows, strict=True), strict=False):
        if all(phase(cell) is not None for cell in cells):
            return name
    return None


def divided(
    columns: Mapping[str, Column], name: str, num_rows: int
) -> tuple[dict[str, Column], int, list[str]]:
    """Return columns for each phase, how many rows they have, and notes.

    Rows that count alike become one; where the rows of a phase stand together, before those of
    another, they are put in order of the first counter. name: the column of phases. The columns
    stay as they are where it tells of one phase alone.
    """
    told = columns[name]
    others = {key: column for key, column in columns.items() if key != name}
    codes = np.full(num_rows, -1)
    codes[told.row] = told.value.astype(np.int64)
    found = [int(code) for code in np.unique(codes[codes >= 0])]
    if len({SPLITS[_WORDS[code]] for code in found}) < 2:
        return others, num_rows, []
    counters = [key for key in others if axes.counts(key) is not None]
    counted = {key: _spread(others[key], num_rows) for key in counters}
    order = _order(codes, list(counted.values()))
    order = order[codes[order] >= 0]
    place = np.full(num_rows, -1)
    place[order] = _merged(codes[order], [value[order] for value in counted.values()])
    num_lost = int((codes < 0).sum())
    notes = [f"rows whose {name!r} names no phase, left out: {num_lost}"] if num_lost else []
    done = dict[str, Column]()
    for key, column in others.items():
        of = codes[column.row]
        if key in counted or not _depends(key):
            # Of rows that become one, that of training tells what all share.
            rank = np.where([SPLITS[word] == "" for word in _WORDS], 0, 1)[of]
            done[key] = _at(place, column, of >= 0, rank)
            continue
        for code in found:
            prefix = f"{_WORDS[code]}/" if SPLITS[_WORDS[code]] else ""
            done[f"{prefix}{key}"] = _at(place, column, of == code, of)
    kept = {key: column for key, column in done.items() if len(column.row)}
    return kept, int(place.max(initial=-1)) + 1, notes


def _depends(key: str) -> bool:
    """Return whether a metric differs between the phases: no learning rate does."""
    if names.split(key) != "train" or axes.clock_of({key: _RISING}) is not None:
        return False
    return names.canonical(key) is None or names.canonical(f"eval/{key}") is not None


def _spread(column: Column, num_rows: int) -> Array:
    full = np.full(num_rows, np.nan)
    full[column.row] = column.value
    return full


def _order(codes: NDArray[np.int64], counters: list[Array]) -> Rows:
    """Return the order of rows: of the first counter, where it goes back between phases alone."""
    every = np.arange(len(codes))
    for value in counters[:1]:
        back = np.flatnonzero(np.diff(value) < 0)
        inside = any((np.diff(value[codes == code]) < 0).any() for code in np.unique(codes))
        if len(back) and not inside and np.isfinite(value).all():
            return np.argsort(value, kind="stable")
    return every


def _merged(codes: NDArray[np.int64], counters: list[Array]) -> Rows:
    """Return which row each row becomes: that of the one before, which counts alike.

    A phase that comes again begins another.
    """
    if not len(codes):
        return np.empty(0, np.int64)
    begins = np.ones(len(codes), np.bool_)
    begins[1:] = False
    for value in counters:
        begins[1:] |= ~((np.diff(value) == 0) | (np.isnan(value[1:]) & np.isnan(value[:-1])))
    seen: set[int] = set()
    for i, (code, begun) in enumerate(zip(codes.tolist(), begins.tolist(), strict=True)):
        if begun or code in seen:
            begins[i] = True
            seen = set()
        seen.add(code)
    return np.cumsum(begins) - 1


def _at(place: Rows, column: Column, keep: NDArray[np.bool_], rank: NDArray[np.int64]) -> Column:
    """Return the kept cells of a column at their places; of one place that of the lowest rank."""
    row, value, rank = place[column.row[keep]], column.value[keep], rank[keep]
    order = np.lexsort((rank, row))
    row, first = np.unique(row[order], return_index=True)
    return Column(row, value[order][first])
