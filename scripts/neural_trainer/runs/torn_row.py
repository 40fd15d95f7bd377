"""The last row of a table where no end follows it: which of its cells are whole.

All are but the last. That is whole where a quote closes it, or where those above it tell: they all
have as many decimals, or all end in the same unit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from neural_trainer.runs.axes import clock_of, counts
from neural_trainer.runs.columns import Column, number
from neural_trainer.runs.torn_line import is_fixed

_UNIT = re.compile(r"(?<=\d)[A-Za-z%]+$")
_FEWEST = 5  # rows with one unit before one is taken for whole by it


def whole_cells(
    cells: Sequence[str], closed: bool, above: Sequence[Sequence[str]], header: Sequence[str],
    columns: Mapping[str, Column], num_rows: int,
) -> list[str]:  # fmt: skip
    """Return the cells that are whole of a row; none where it may be another line than a row.

    closed: nothing can be missing of the last. above: rows before it, of as many cells as `header`;
    columns: what all `num_rows` rows hold. A row counts that has all counters and the clock, two
    numbers where there are two columns, and numbers where all rows have them.
    """
    at = len(cells) - 1
    if len(cells) > len(header):
        return []
    others = [row[at].strip() for row in above]
    whole = list(cells) if closed or _is_whole(cells[at].strip(), others) else list(cells[:-1])
    clock = clock_of(columns)
    if any(counts(name) is not None or name == clock for name in header[len(whole) :]):
        return []
    told = sum(number(cell) is not None for cell in whole)
    always = {name for name, column in columns.items() if len(column.row) == num_rows}
    for name, cell in zip(header, whole, strict=False):
        if name in always and cell.strip() and number(cell) is None:
            return []
    return whole if told >= min(2, len(header)) else []


def _is_whole(cell: str, above: Sequence[str]) -> bool:
    """Return whether the cells above one tell that it goes on no more."""
    if is_fixed(cell, above):
        return True
    units = {match[0] if (match := _UNIT.search(other)) else "" for other in (cell, *above)}
    return len(above) >= _FEWEST and len(units) == 1 and "" not in units
