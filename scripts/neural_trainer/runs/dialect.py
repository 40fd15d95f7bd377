"""Dialects: by what a table's cells are divided and which line names its columns."""

from __future__ import annotations

import csv
import re
from functools import lru_cache
from itertools import pairwise
from math import isfinite
from pathlib import Path
from typing import NamedTuple

from neural_trainer.runs import names
from neural_trainer.runs.columns import number
from neural_trainer.runs.line_counters import counted_by

_SAMPLE = 40  # lines that the dialect is judged by
_FEWEST = 5  # rows of a curve
_MOST_STARTS = 2  # more are no curve, but classes or coordinates
_DATES = 1e8  # seconds; MLflow's files begin with milliseconds
_EVEN = 0.01  # of the widest gap between its steps: rounding


class Dialect(NamedTuple):
    """How a table is written. delimiter: None for runs of spaces; header: None without one.

    terms: losses whose terms are columns of their own.
    """

    delimiter: str | None
    header: list[str] | None
    num_numeric: int
    terms: tuple[str, ...] = ()


def _split(line: str, delimiter: str | None) -> list[str]:
    if delimiter is None:
        return line.split()
    return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])]


def _lines(head: str) -> list[str]:
    # As files are read, unlike splitlines.
    whole = re.split(r"\r\n|\r|\n", head, maxsplit=_SAMPLE + 1)[: _SAMPLE + 1]
    if len(head) > 60_000 and len(whole) <= _SAMPLE:
        whole = whole[:-1]  # cut by the end of the head
    return whole


@lru_cache(maxsize=4)  # asked by a reader's `sniff` and by its `read`
def dialect_of(head: str) -> Dialect | None:
    """Return the delimiter that splits the first lines into the most columns of numbers alike."""
    whole = _lines(head)
    sample = [line for line in whole if line.strip() and not line.startswith("#")]
    comments = [line[1:] for line in whole if line.startswith("#")]
    best: Dialect | None = None
    for delimiter in ("\t", ",", ";", "|", None):
        if delimiter in ("\t", ";", "|") and not any(delimiter in line for line in sample):
            continue  # each line would be one cell
        try:
            rows = [_split(line, delimiter) for line in sample]
        except csv.Error:
            continue
        judged = _judge(rows, [_split(line, delimiter) for line in comments], delimiter)
        if judged and (best is None or judged.num_numeric > best.num_numeric):
            best = judged
    return best


def is_curve(found: Dialect, head: str) -> bool:
    """Return whether a table without a header has columns of which the first rises evenly.

    It may start again, once or twice in the lines looked at.
    """
    if found.header is not None or found.num_numeric < 2:
        return False
    rows = [_split(line, found.delimiter) for line in head.split("\n")[:_SAMPLE]]
    numbers = [[number(cell) for cell in row[:2]] for row in rows if len(row) >= 2]
    at = [row[0] for row in numbers if row[0] is not None and row[1] is not None]
    if len(at) < max(_FEWEST, len(rows) - 2) or not all(map(isfinite, at)):
        return False
    gaps = [after - before for before, after in pairwise(at) if after != at[0] or after > before]
    if len(gaps) + 1 < max(_FEWEST, len(at) - _MOST_STARTS) or max(at) >= _DATES:
        return False
    return max(gaps) > 0 and max(gaps) - min(gaps) <= _EVEN * max(gaps)


def columns_of(found: Dialect, head: str, path: Path) -> list[str] | None:
    """Return a header for columns of numbers without one, None where no curve is seen in them.

    Steps and metrics, or two metrics that a file's name tells of.
    """
    if found.header is not None:
        return None
    named = is_column(None, path)
    if is_curve(found, head):
        others = [f"column {i}" for i in range(2, found.num_numeric + 1)]
        columns = ["step", *([path.stem] if named and len(others) == 1 else others)]
    elif found.num_numeric == 2 and named and head.count("\n") >= _FEWEST:
        columns = ["column 1", "column 2"]
    else:
        return None
    width = len(_split(head.partition("\n")[0], found.delimiter))
    return [*columns, *[""] * (width - len(columns))] if width >= len(columns) else None


def rows_of(found: Dialect, head: str) -> list[list[str]]:
    """Return the first rows as they are written, of those that have as many cells as the header."""
    rows = [_split(line, found.delimiter) for line in _lines(head) if not line.startswith("#")]
    return [row for row in rows if row != found.header and len(row) == len(found.header or ())]


def is_column(header: list[str] | None, path: Path) -> bool:
    """Return whether one column of numbers is a metric, by its header or its file's name."""
    cells = [path.stem] if header is None else [cell for cell in header if cell]
    if len(cells) != 1 or number(cells[0]) is not None:
        return False
    (name,) = cells
    return names.canonical(name) is not None or names.better(name) is not None


def _judge(
    rows: list[list[str]], comments: list[list[str]], delimiter: str | None
) -> Dialect | None:
    if not rows:
        return None
    body, terms = rows[1:], tuple[str, ...]()
    header: list[str] | None = rows[0]
    if all(number(cell) is not None for cell in rows[0] if cell):
        body = rows
        width = len(rows[0])
        header = next((cells for cells in comments if len(cells) == width), None)
        grouped = next((found for cells in comments if (found := _of_groups(cells, width))), None)
        if header is None and grouped is not None:
            header, terms = grouped
    elif delimiter in ("|", None) and any(number(cell) is not None for cell in rows[0]):
        return None  # `[22:02:53] epoch:1 | 10` names no column
    width = len(rows[0])
    if header is rows[0] and delimiter is not None and body:
        header = _with_unnamed(header, body)
        width = len(header)
    alike = [row for row in body if len(row) == width]
    # Prose splits at spaces too, but never into as many words in each line.
    if len(alike) < (0.8 if delimiter is None else 0.5) * len(body) or not alike:
        return None
    numeric = sum(_is_numeric(cells) for cells in zip(*alike, strict=True))
    if (
        not numeric
        or (2 * numeric < width and delimiter is None)
        or (width == 1 and delimiter != ",")
    ):
        return None
    return Dialect(delimiter, header, numeric, terms)


def _with_unnamed(header: list[str], body: list[list[str]]) -> list[str]:
    """Return a header that is one name short of all rows with a place for what it leaves unnamed.

    The last column where the first name counts; else the first, which R writes for names of rows.
    The last row may be torn.
    """
    body = body[:-1] or body
    if any(len(row) != len(header) + 1 for row in body) or len(header) < 2:
        return header
    if counted_by(header[0]) is not None:
        return [*header, ""]
    first = [row[0] for row in body]
    is_index = first in ([str(i + start) for i in range(len(first))] for start in (0, 1))
    return ["", *header] if is_index and len(first) > 1 else header


def _of_groups(cells: list[str], width: int) -> tuple[list[str], tuple[str, ...]] | None:
    """Return the columns of a comment that names groups of them, and the losses among these.

    Of `step, loss_train, loss_test, metrics_test` (DeepXDE's loss.dat) the two losses have as many
    terms each, and what is left over are metrics.
    """
    if not cells:
        return None
    first, *groups = [cell.strip(",") for cell in cells]
    kinds = [" ".join(names.plain(group).split()) for group in groups]
    num = kinds.count(kinds[0]) if kinds else 0
    others = len(groups) - num
    if counted_by(first) is None or num < 2 or others > 1 or "loss" not in kinds[0]:
        return None
    size, left = divmod(width - 1, num)
    sizes = [size if kind == kinds[0] else left for kind in kinds]
    if size == 0 or 1 + sum(sizes) != width:
        return None
    columns = (f"{g}/{i}" for g, n in zip(groups, sizes, strict=True) for i in range(n))
    losses = (g for g, kind in zip(groups, kinds, strict=True) if kind == kinds[0])
    return [first, *columns], tuple(losses)


def _is_numeric(cells: tuple[str, ...]) -> bool:
    filled = [cell for cell in cells if cell]
    return bool(filled) and sum(number(cell) is not None for cell in filled) >= 0.8 * len(filled)
