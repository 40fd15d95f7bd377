"""Grids: lines of a table cut at their delimiters, their numbers read column by column."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neural_trainer.runs.columns import Rows, number
from neural_trainer.runs.decimals import LONGEST, decimals, padded
from neural_trainer.runs.run import Array

Bytes = NDArray[np.uint8]

_LINE_FEED, _SPACE, _QUOTE, _HASH, _COMMA = (ord(c) for c in '\n "#,')
_MOST_SEEN = 1000  # cells of words remembered; a column of them has few that differ


class Grid(NamedTuple):
    """The cells of a block.

    line: (n,), the lines that have as many cells as the table columns; columns: for each the rows
    of these, 0 to n, that hold a number, and the numbers. others: the text of the other lines.
    """

    num_lines: int
    line: Rows
    columns: list[tuple[Rows, Array]]
    others: dict[int, str]


def grid(
    block: bytes, delimiter: str, width: int, spelled: Mapping[int, Mapping[bytes, float]]
) -> Grid | None:
    """Return the cells of whole lines, `width` to a line, None where they must be read one by one.

    That is where a quoted cell goes on over lines. spelled: by column, the numbers that words of it
    stand for.
    """
    text = padded(block)
    inside = text[LONGEST : LONGEST + len(block)]
    ends, odd = _ends(inside, ord(delimiter))
    ends += LONGEST
    last = np.flatnonzero(text.take(ends) == _LINE_FEED)  # of each line
    first = np.append(0, last[:-1] + 1)
    begin = np.append(LONGEST, ends[last[:-1]] + 1)
    fits = last - first == width - 1
    spaced = False
    if len(odd):
        odd += LONGEST
        kind = text.take(odd)
        of = np.searchsorted(begin, odd, side="right") - 1
        spaced = bool((kind == _SPACE).any())
        fits[of[kind != _SPACE]] = False
        if (np.bincount(of[kind == _QUOTE], minlength=1) % 2).any():
            return None
    line = np.flatnonzero(fits)
    others = {
        i: bytes(text[begin[i] : ends[last[i]]]).decode(errors="replace")
        for i in np.flatnonzero(~fits).tolist()
    }
    if len(line) == len(fits):
        stop = ends.reshape(-1, width)
    else:
        stop = ends[first[line][:, None] + np.arange(width)]
    stop = np.ascontiguousarray(stop.T)
    columns, said = [], np.zeros(len(line), np.bool_)
    start = begin[line]
    for at, column in enumerate(stop):
        cells = (_trimmed if spaced else _as_is)(text, start, column)
        columns.append(_numbers(text, *cells, spelled.get(at, {})))
        said[columns[-1][0]] = True
        start = column + 1
    # A line of words alone may be a header.
    silent = np.flatnonzero(~said)
    for i in line[silent].tolist():
        others[i] = bytes(text[begin[i] : ends[last[i]]]).decode(errors="replace")
    return Grid(len(fits), np.delete(line, silent), _without(columns, silent, len(line)), others)


def _ends(inside: Bytes, delimiter: int) -> tuple[Rows, Rows]:
    """Return where delimiters and line feeds are, and what needs care.

    That is spaces, quotes and zeros, and a "#" that begins a line.
    """
    if delimiter == _COMMA:  # the last of the characters that matter: one pass finds all
        found = np.flatnonzero(inside <= _COMMA)
        kind = inside.take(found)
        is_end = (kind == _COMMA) | (kind == _LINE_FEED)
        if is_end.all():
            return found, found[:0]
        odd = found[~is_end]
        found = found[is_end]
    else:
        found = np.flatnonzero((inside == delimiter) | (inside == _LINE_FEED))
        odd = np.flatnonzero((inside <= _HASH) & (inside != delimiter) & (inside != _LINE_FEED))
    kind = inside.take(odd)
    care = (kind == _SPACE) | (kind == _QUOTE) | (kind == 0)
    care |= (kind == _HASH) & ((odd == 0) | (inside.take(odd - 1) == _LINE_FEED))
    return found, odd[care]


def _as_is(text: Bytes, start: Rows, stop: Rows) -> tuple[Rows, Rows]:
    return start, stop


def _trimmed(text: Bytes, start: Rows, stop: Rows) -> tuple[Rows, Rows]:
    """Return where cells start and stop without the spaces around them, LONGEST at most."""
    for _ in range(LONGEST):
        padding = (text[start] == _SPACE) & (start < stop)
        if not padding.any():
            break
        start = start + padding
    for _ in range(LONGEST):
        padding = (text[stop - 1] == _SPACE) & (start < stop)
        if not padding.any():
            break
        stop = stop - padding
    return start, stop


def _numbers(
    text: Bytes, start: Rows, stop: Rows, spelled: Mapping[bytes, float]
) -> tuple[Rows, Array]:
    value, known = decimals(text, start, stop)
    if known.all():
        return np.arange(len(value)), value
    seen: dict[bytes, float | None] = {**spelled}
    for i in np.flatnonzero(~known & (stop > start)).tolist():
        cell = text[start[i] : stop[i]].tobytes()
        if cell not in seen:
            if len(seen) == _MOST_SEEN:
                seen.clear()
            seen[cell] = number(cell.decode(errors="replace"))
        found = seen[cell]
        if found is not None:
            value[i], known[i] = found, True
    row = np.flatnonzero(known)
    return row, value[row]


def _without(
    columns: list[tuple[Rows, Array]], left_out: Rows, num_rows: int
) -> list[tuple[Rows, Array]]:
    """Return `columns` with their rows counted as if those `left_out` were not there."""
    if not len(left_out):
        return columns
    counted = np.cumsum(~np.isin(np.arange(num_rows), left_out)) - 1
    return [(counted[row], value) for row, value in columns]
