"""The series in a JSON document: columns of numbers and rows of objects, however nested."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from neural_trainer.runs import names
from neural_trainer.runs.axes import counts
from neural_trainer.runs.columns import Column, Columns, number
from neural_trainer.runs.lines import one_line
from neural_trainer.runs.run import Array

_DEEPEST = 8  # levels of objects that are looked into
_MOST_COLUMNS = 10_000  # a document with more is data, not a log
_MOST_COUNTERS = 20  # columns of one length that may count the steps of others
_UNIX = 1e8  # seconds; a first number above it is the time of a point
# What lies below is no series: settings, and RLlib's histograms of one iteration.
SETTINGS = ("config", "hparams", "hyperparameters", "params", "args", "settings")
_NO_SERIES = {*SETTINGS, "hist_stats", "sampler_results", "state_dict"}
_MARKS = ("mode", "phase", "split", "stage")  # keys that tell a row's split
_INDEX = re.compile(r"(?:(epoch|step|iter|iteration|round|episode)s?[ _-]?)?(\d{1,15})", re.I)
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{},"]', re.S)


class Points(NamedTuple):
    """One column. at: (n,), each value's place in the list, or its step."""

    at: Array
    value: Array
    has_steps: bool = False


class Rows(NamedTuple):
    """One list of objects. evaluated: the rows marked as evaluation ("mode": "val")."""

    columns: dict[str, Column]
    num_rows: int
    evaluated: list[int]


@dataclass
class Found:
    """What a document holds, by the path of its keys, joined with "/".

    several: the runs that lie side by side in it. scalars: what has one value alone. left_out:
    lists of lists, which are no curves.
    """

    columns: dict[str, Points] = field(default_factory=dict)
    rows: dict[str, Rows] = field(default_factory=dict)
    several: dict[str, Found] = field(default_factory=dict)
    scalars: dict[str, Any] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.columns or self.rows or self.several)


def find_series(document: Any) -> Found:
    """Return the series in a parsed document."""
    histories = _histories(document)
    if histories:
        return Found(several={key: find_series(one) for key, one in histories.items()})
    found = Found()
    _look(document, "", 0, found)
    for own in (found.columns, found.rows):
        _strip(own)
    return found


def _histories(document: Any) -> dict[str, Any]:
    """Return the runs of a document that is a list or an object of histories alike (of folds)."""
    if not isinstance(document, (list, dict)) or len(document) < 2:
        return {}
    each = document if isinstance(document, list) else list(document.values())
    first = each[0]
    for one in each:
        if not isinstance(one, dict) or not one or one.keys() != first.keys():
            return {}
        if not all(isinstance(part, (list, dict)) for part in one.values()):
            return {}
    histories = document if isinstance(document, dict) else dict(_numbered(each))
    if any(map(_tells_split, histories)):
        return {}
    return histories if all(map(_has_numbers, histories.values())) else {}


def _numbered(each: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    return ((str(number), one) for number, one in enumerate(each, 1))


def _has_numbers(history: Mapping[str, Any]) -> bool:
    found = Found()
    _look(history, "", 0, found)
    return any(len(points.value) > 1 for points in found.columns.values())


def _tells_split(key: str) -> bool:
    return any(names.split_prefix(word) is not None for word in re.split(r"[^A-Za-z]+", key))


def _look(node: Any, path: str, depth: int, found: Found) -> None:
    if depth > _DEEPEST or len(found.columns) + len(found.rows) >= _MOST_COLUMNS:
        return
    if isinstance(node, list):
        _look_at_list(node, path, found)
    elif isinstance(node, dict):
        indexed = _indexed(node)
        if indexed is not None:
            _look_at_indexed(*indexed, path, depth, found)
        elif node.keys() == {"num", "mean", "std"}:  # StyleGAN
            found.scalars[path] = node["mean"]
        elif isinstance(node.get("columns"), list) and isinstance(node.get("data"), list):
            header = [str(name) for name in node["columns"]]  # pandas, orient="split"
            rows = [row for row in node["data"] if isinstance(row, list)]
            _add_rows([dict(zip(header, row, strict=False)) for row in rows], path, found)
        else:
            for key, below in node.items():
                if key not in _NO_SERIES:
                    _look(below, f"{path}/{key}" if path else key, depth + 1, found)
    elif path:
        found.scalars[path] = node


def _look_at_list(node: Sequence[Any], path: str, found: Found) -> None:
    kinds = set(map(type, node))
    if dict in kinds:
        _add_rows([row for row in node if isinstance(row, dict)], path, found)
        return
    if list in kinds:
        points = _pairs(node)
        if points is None:
            found.left_out.append(path)
        else:
            found.columns[path] = points
        return
    if len(node) == 1 and not path:
        return  # a number in brackets may be how a log of another format begins
    if kinds <= {int, float} and node:
        try:
            at = np.arange(len(node), dtype=np.float64)
            found.columns[path] = Points(at, np.array(node, np.float64))
            return
        except OverflowError:  # an integer past the largest float
            pass
    numbers = [(i, x) for i, value in enumerate(node) if (x := number(value)) is not None]
    if numbers and 2 * len(numbers) > len(node) - list(node).count(None):
        index, value = zip(*numbers, strict=True)
        found.columns[path] = Points(np.array(index, np.float64), np.array(value))


def _add_rows(rows: list[dict[str, Any]], path: str, found: Found) -> None:
    columns = Columns()
    columns.add(rows)
    numbers = columns.columns()
    if any(own for own in numbers):
        marks = [mark for mark in _MARKS if any(mark in row for row in rows[:1000])]
        evaluated = [i for i, row in enumerate(rows) if marks and _is_evaluation(row, marks)]
        found.rows[path] = Rows(numbers, len(rows), evaluated)


def _is_evaluation(row: Mapping[str, Any], marks: Sequence[str]) -> bool:
    said = [row.get(mark) for mark in marks]
    return any(isinstance(m, str) and names.split_prefix(m) in ("eval/", "test/") for m in said)


def _pairs(node: Sequence[Any]) -> Points | None:
    """Return the points of a list of [value], [step, value] or [time, step, value]."""
    width = len(node[0]) if isinstance(node[0], list) else 0
    cells = [list(map(number, x)) for x in node if isinstance(x, list) and len(x) == width]
    if not 1 <= width <= 3 or len(cells) < len(node) or any(None in row for row in cells):
        return None
    table = np.array(cells, np.float64)
    if width == 1:
        return Points(np.arange(len(table), dtype=np.float64), table[:, 0])
    step, value = table[:, -2], table[:, -1]
    rises = np.isfinite(step).all() and (step == np.floor(step)).all() and (np.diff(step) > 0).all()
    if not rises or len(step) < 2 or (width == 3 and not table[0, 0] > _UNIX):
        return None
    return Points(step, value, has_steps=True)


def _indexed(node: Mapping[str, Any]) -> tuple[str, list[int], list[Any]] | None:
    """Return what the keys of an object count, the counts in order and the values; else None."""
    matches = [_INDEX.fullmatch(key) for key in node]
    if not node or not all(matches):
        return None
    labels = {(match[1] or "").lower() for match in matches if match}
    counts = {
        int(match[2]): value for match, value in zip(matches, node.values(), strict=True) if match
    }
    if len(labels) != 1 or len(counts) != len(node):
        return None
    order = sorted(counts)
    return labels.pop(), order, [counts[i] for i in order]


def _look_at_indexed(
    label: str, order: list[int], values: list[Any], path: str, depth: int, found: Found
) -> None:
    if all(isinstance(value, dict) for value in values):
        rows = [{label: at, **value} for at, value in zip(order, values, strict=True)]
        _add_rows(rows, path, found)
        return
    numbers = [(i, x) for i, v in zip(order, values, strict=True) if (x := number(v)) is not None]
    if numbers:
        index, value = zip(*numbers, strict=True)
        found.columns[path] = Points(np.array(index, np.float64), np.array(value), bool(label))


def _strip(series: dict[str, Any]) -> None:
    """Take from all paths the keys that they share, unless such a key tells the split."""
    while series and all("/" in path for path in series):
        firsts = {path.partition("/")[0] for path in series}
        if len(firsts) > 1 or _tells_split(next(iter(firsts))):
            return
        for path in list(series):
            series[path.partition("/")[2]] = series.pop(path)


def torn_json(text: str, whole_lists: bool = False) -> Any:
    """Return what a document that ends too early holds up to its last comma, None where nothing.

    Found by closing the brackets that are open there; nested at most 64 deep. whole_lists: without
    the list of numbers in which it ends beside others: what rows its numbers belong to is not told.
    """
    stack: list[str] = []
    ends: list[int] = []  # at each level, where what is whole there ends
    for token in _TOKEN.finditer(text):
        mark = token[0]
        if mark in "[{":
            stack.append("]" if mark == "[" else "}")
            ends.append(0)
            if len(stack) > 64:
                return None
        elif mark in "]}":
            if not stack or stack.pop() != mark or not stack:
                return None
            ends.pop()
            ends[-1] = token.end()
        elif mark == "," and stack:
            ends[-1] = token.start()
        elif mark == '"':
            break
    level = max((i for i, end in enumerate(ends) if end), default=-1)
    if level < 0:
        return None
    if whole_lists and level and stack[level - 1] == "}" and ends[level - 1]:
        inside, before = text[: ends[level]].rstrip(), text[: ends[level - 1]].rstrip()
        level -= before.endswith(("]", "}")) and not inside.endswith(("]", "}"))
    try:
        return json.loads(text[: ends[level]] + "".join(reversed(stack[: level + 1])))
    except (ValueError, RecursionError):
        return None


def placed(found: Found) -> tuple[dict[str, Column], int, list[str]]:
    """Return all series of one run on common rows, how many those are, and notes.

    A column is put at its steps where a list of its length counts them; without any, one that
    divides the longest is put at the end of each stretch that it stands for.
    """
    series, notes = dict(found.columns), list[str]()
    for path, rows in found.rows.items():
        for own, column in rows.columns.items():
            index = column.row.astype(np.float64)
            series[f"{path}/{own}" if path else own] = Points(index, column.value)
    counters = _counters(series)
    longest = max(series, key=lambda own: len(series[own].at))
    most = len(series[longest].at)
    lead = counters[longest]
    stepped = lead is not None or any(points.has_steps for points in series.values())
    steps: dict[str, Array] = {}
    for own, (at, _, has_steps) in series.items():
        counter = counters[own]
        if has_steps:
            steps[own] = at
        elif counter is not None and stepped:
            steps[own] = series[counter].value
        else:
            if 1 < len(at) < most and most % len(at) == 0 and at[-1] == len(at) - 1:
                notes.append(
                    f"{one_line(own)!r} has {len(at)} values for {most}: each ends a stretch"
                )
                at = (at + 1) * (most // len(at)) - 1
            within = lead is not None and at[-1] < most
            steps[own] = series[lead].value[at.astype(np.int64)] if lead and within else at
    at_row = np.unique(np.concatenate(list(steps.values())))
    columns = {
        own: Column(np.searchsorted(at_row, step), series[own].value)
        for own, step in steps.items()
        if not stepped or counts(own) is None
    }
    # The places in a list are no steps of the log's: an index without a name counts rows.
    columns[(lead or "step") if stepped else ""] = Column(np.arange(len(at_row)), at_row)
    return columns, len(at_row), notes


def _counters(series: Mapping[str, Points]) -> dict[str, str | None]:
    """Return for each column the one that counts its steps: of its length, nearest by its name."""
    known: dict[int, list[str]] = {}
    for own, points in series.items():
        alike = known.setdefault(len(points.at), [])
        rises = np.isfinite(points.value).all() and (np.diff(points.value) > 0).all()
        if rises and len(alike) < _MOST_COUNTERS and counts(own) is not None:
            alike.append(own)

    def nearness(own: str, other: str) -> int:
        same = own.rpartition("/")[0] == other.rpartition("/")[0]
        return same + (names.split(own) == names.split(other))

    return {
        own: max(known[len(points.at)], key=lambda other: nearness(own, other), default=None)
        for own, points in series.items()
    }
