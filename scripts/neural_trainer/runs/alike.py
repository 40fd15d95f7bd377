"""JSON objects that differ in their numbers alone: one is parsed, the others are read beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neural_trainer.runs import arrow
from neural_trainer.runs.columns import Columns, Rows, number
from neural_trainer.runs.decimals import LONGEST, Bytes, Places, Words, decimals, padded
from neural_trainer.runs.run import Array

_PIECE = 1 << 18  # bytes looked through at once, which stay in the cache next to a core
_FEW = 16  # objects; fewer alike are parsed one by one
_MOST_KINDS = 32  # in one block; more are parsed one by one
_MOST_RUNS = 4096  # of digits in one object
_TOKEN = re.compile(
    rb'"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|-?Infinity|NaN|true|false', re.DOTALL
)
# A point at either end is no JSON, but says what it says: decimals takes it too.
_NUMBER = re.compile(rb"-?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?")
_KEY = re.compile(rb"\s*:")
_DIGIT = re.compile(rb"\d")


class Group(NamedTuple):
    """Objects that are alike.

    row: (n,), increasing, which of all they are. first: the first of them, parsed. columns: the
    numbers, (n,) or the one that all share, under names flattened as Columns does.
    """

    row: Rows
    first: Mapping[str, Any]
    columns: dict[str, Array | float]


class _Text(NamedTuple):
    """A block as `decimals` wants it, where each object in it starts and stops, (n,).

    edge: where runs of the characters of numbers start and stop, by turns. begin: (n + 1,), the
    place in `edge` of each object's first. by_arrow: whether pyarrow reads the numbers.
    """

    data: Bytes
    start: Places
    stop: Places
    edge: Places
    begin: Places
    by_arrow: bool


class _Kind(NamedTuple):
    """What the first of a group says of the others.

    runs: those of its runs that may differ, in order, each with the name of its column: None where
    it has none, "" in a string, where its length may not. constants: the numbers that no digits
    spell, by name. names: of all, in order.
    """

    first: Mapping[str, Any]
    runs: list[tuple[int, str | None]]
    constants: dict[str, float]
    names: list[str]


def groups(
    block: bytes, start: Places, stop: Places, by_arrow: bool = False
) -> tuple[list[Group], Rows]:
    """Return the objects in block[start:stop] kind by kind, and which are to be parsed one by one.

    start and stop: (n,), increasing; no object lies in another. by_arrow: whether pyarrow is to
    read the numbers.
    """
    text = _text(block, start, stop, by_arrow)
    found: list[Group] = []
    rest, left = np.arange(len(start)), np.ones(len(start), np.bool_)
    alone: list[Rows] = []
    num_edges = np.diff(text.begin)
    while len(rest) >= _FEW and len(found) + len(alone) < _MOST_KINDS:
        same = num_edges[rest] == num_edges[rest[0]]
        candidates = rest[same]
        group, alike = (None, candidates[:1])
        if len(candidates) >= _FEW:
            group, alike = _group(text, candidates)
        if group is None:
            alone.append(alike)
        else:
            found.append(group)
        left[alike] = False
        rest = rest[left[rest]]
    return found, np.sort(np.concatenate([*alone, rest]))


def _text(block: bytes, start: Places, stop: Places, by_arrow: bool) -> _Text:
    data = padded(block)
    edge = np.concatenate([_edges(data, i) for i in range(0, len(data), _PIECE)])
    begin = np.searchsorted(edge, np.append(start, stop[-1:]) + LONGEST)  # none between them
    return _Text(data, start + LONGEST, stop + LONGEST, edge, begin, by_arrow)


def _edges(data: Bytes, start: int) -> Places:
    """Return where runs of the characters of numbers start and stop in [start, start + _PIECE)."""
    before = max(start - 3, 0)
    part = data[before : start + _PIECE]
    inside = part - np.uint8(ord("-")) < 13  # "-./0123456789"
    inside &= part != ord("/")
    exponent = part[1:] == ord("e")
    exponent &= part[:-1] - np.uint8(ord("0")) < 10
    inside[1:] |= exponent
    sign = np.flatnonzero(exponent[:-1]) + 2
    inside[sign] |= part[sign] == ord("+")
    first = max(start - before - 1, 0)
    return np.flatnonzero(inside[first + 1 :] != inside[first:-1]) + (before + first + 1)


def _group(text: _Text, row: Rows) -> tuple[Group | None, Rows]:
    """Return those of the objects `row` that are alike the first, and which are done with."""
    base, first = text.begin[row], int(row[0])
    edges = text.edge[text.begin[first] : text.begin[first + 1]] - text.start[first]
    kind = _kind(text.data[text.start[first] : text.stop[first]].tobytes(), edges.tolist())
    if kind is None:
        return None, row
    right = np.ones(len(row), np.bool_)
    spans: dict[str, tuple[Places, Places]] = {}
    end = text.start[row]
    for run, name in kind.runs:
        start, stop = text.edge.take(base + 2 * run), text.edge.take(base + 2 * run + 1)
        _keep_same(text.data, end, start, right)
        end = stop
        if name == "":
            right &= stop - start == stop[0] - start[0]
        elif name is not None:
            spans[name] = (start, stop)
    _keep_same(text.data, end, text.stop[row], right)
    columns: dict[str, Array | float] = {name: kind.constants.get(name, 0.0) for name in kind.names}
    runs = [run for run, name in kind.runs if name]
    found = None
    if runs and text.by_arrow:
        found = arrow.numbers(text.data, text.edge, base + 2 * np.array(runs)[:, None])
    if found is not None:
        columns |= dict(zip(spans, found, strict=True))
        spans = {}
    for name, (start, stop) in spans.items():
        value, known = decimals(text.data, start, stop)
        for i in np.flatnonzero(~known & right).tolist():
            spelled = text.data[start[i] : stop[i]].tobytes()
            right[i] = _NUMBER.fullmatch(spelled) is not None
            if right[i]:
                value[i] = float(spelled)
        columns[name] = value
    if right.sum() < _FEW:
        return None, row[right] if right.any() else row[:1]
    if not right.all():
        row = row[right]
        columns = {n: c if isinstance(c, float) else c[right] for n, c in columns.items()}
    return Group(row, kind.first, columns), row


def _keep_same(text: Bytes, start: Places, stop: Places, right: NDArray[np.bool_]) -> None:
    """Unset `right` where text[start:stop] is not as it is in the first."""
    size = int(stop[0] - start[0])
    right &= stop - start == size
    if size == 0:
        return
    if size == 1:
        right &= text.take(start) == text[start[0]]
        return
    if int(start[-1]) + size <= len(text):
        every = np.ndarray((len(text) - size + 1,), f"V{size}", buffer=text, strides=(1,))
        found = every[start].tobytes()
        if found == found[:size] * len(start):  # as it mostly is
            return
    width = -(-size // 8)
    last = len(text) - 8 * width
    at = start if int(start[-1]) <= last else np.minimum(start, last)
    every = np.ndarray((last + 1,), f"V{8 * width}", buffer=text, strides=(1,))
    words: Words = every[at].view("<u8").reshape(len(start), width)
    mask = np.full(width, ~np.uint64(0))
    mask[-1] >>= np.uint64(8 * (8 * width - size))
    for k in range(width):
        right &= (words[:, k] ^ words[0, k]) & mask[k] == 0


def _kind(first: bytes, edges: list[int]) -> _Kind | None:
    """Return what an object is like whose runs are at `edges`; None where it is better parsed."""
    marked, constants, spans = _marked(first)
    try:
        parsed, with_marks = json.loads(first), json.loads(marked)
    except (ValueError, RecursionError):
        return None
    if not isinstance(parsed, dict) or len(constants) + len(edges) > _MOST_RUNS:
        return None
    columns = Columns()
    columns.add([with_marks])
    name_of = {int(column.value[0]): name for name, column in columns.columns().items()}
    run_of = {span: i for i, span in enumerate(zip(edges[::2], edges[1::2], strict=True))}
    runs: list[tuple[int, str | None]] = []
    free: list[int] = []  # in strings
    for mark, (start, stop) in spans.items():
        if mark in constants:
            continue
        if first[start : start + 1] == b'"':
            if mark in name_of:  # a number in quotes, of any form
                return None
            free += [i for (a, b), i in run_of.items() if start < a and b < stop]
        elif (start, stop) in run_of:
            runs.append((run_of[start, stop], name_of.get(mark)))
        else:
            return None
    said = {name_of[mark]: value for mark, value in constants.items() if mark in name_of}
    return _Kind(parsed, sorted([*runs, *((i, "") for i in free)]), said, list(name_of.values()))


def _marked(first: bytes) -> tuple[bytes, dict[int, float], dict[int, tuple[int, int]]]:
    """Return an object with a mark in place of each value, the values of those that are no digits.

    And where each value stands. A mark is an integer. Strings without a number keep their place.
    """
    constants: dict[int, float] = {}
    spans: dict[int, tuple[int, int]] = {}

    def mark(token: re.Match[bytes]) -> bytes:
        spelled, at = token[0], len(spans)
        if spelled.startswith(b'"'):
            if _KEY.match(first, token.end()):
                return spelled
            value = number(spelled[1:-1].decode(errors="replace"))
            spans[at] = token.span()
            if value is None:
                return b"null"
            if not _DIGIT.search(spelled):
                constants[at] = value
        else:
            spans[at] = token.span()
            if not _DIGIT.search(spelled):
                constants[at] = number(json.loads(spelled)) or 0.0
        return str(at).encode()

    return _TOKEN.sub(mark, first), constants, spans
