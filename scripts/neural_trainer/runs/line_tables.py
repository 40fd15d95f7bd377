"""Tables in the midst of a text log: a line of names, then lines of numbers in their order.

Columns are told apart by bars, tabs, two blanks or one sign throughout (`loss / error`); what
follows a colon and a percentage is a progress bar. Of the tables that name rows, `Training |
Validation` (AllenNLP) and `key | value` (tables of rich, a third column beside the value or none)
are known.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from neural_trainer.runs import names
from neural_trainer.runs.columns import number
from neural_trainer.runs.line_counters import counted_by
from neural_trainer.runs.line_keys import is_known, kept
from neural_trainer.runs.line_plans import Counter, Plan, Value
from neural_trainer.runs.line_times import is_told_beside

_LONGEST = 1_000  # characters of a header or a row
_MOST_COLUMNS = 60
_LONGEST_NAME = 40  # characters
_GAPS = re.compile(r"\t+| {2,}")
_SIGNS = (" / ", "; ", ", ")
_BARS = re.compile(r"[|│┃║]")
_BAR_AFTER = re.compile(r"\)?: +\d+%[|│].*$|\)?: 0it \[.*$|(?<=\)): *$")
_ROW_NAMES = {"key", "metric", "metrics", "name", "measure"}
_ROW_VALUES = ("value", "current", "last", "mean", "avg", "average")
_COLUMN = re.compile(r"(?!.*(?:[\s:,][-+]?\d|: |:$))(?:[A-Za-z#]|[^\W\d_]{2})[^=;]*$")
_OF_YOLO = {"box", "obj", "cls"}  # parts of the loss, where they stand together
_NUMBER_IN = re.compile(r"\d")
_PREFIX = re.compile(r"[A-Z]{2,}: ")  # libffm's `PROGRESS: `
_FRACTION = re.compile(r"(\d+)/(\d+)")
_LIST = re.compile(r"\[([^\[\]]+)\]")


class Header(NamedTuple):
    """The columns of a table. bars: whether bars divide them, sign: or else what does.

    of_splits: the splits, where rows are named (AllenNLP); of_names: the column of the value, where
    rows are named, or 0; classes: whether rows are of classes, and that of all of them counts;
    prefix: a word before each line.
    """

    columns: tuple[str, ...]
    bars: bool = False
    of_splits: bool = False
    classes: bool = False
    of_names: int = 0
    sign: str = ""
    prefix: str = ""


@lru_cache(maxsize=1_000)
def header_of(line: str) -> Header | None:
    """Return the columns that a line names, None where it is no header of a log's table."""
    if len(line) > _LONGEST:
        return None
    if (prefix := _PREFIX.match(line)) is not None:
        header = header_of(line[prefix.end() :])
        return header._replace(prefix=prefix[0]) if header is not None else None
    bare = _BAR_AFTER.sub("", line.rstrip())
    cells, bars = _cells(bare)
    if bars and len(cells) >= 2:
        splits = [cell.split()[-1] if cell.split() else "" for cell in cells][-2:]
        if [names.split_prefix(cell) for cell in splits] == ["", "eval/"]:
            return Header(tuple(splits), bars=True, of_splits=True)
        plain = [cell.lower() for cell in cells]
        if plain[0] in _ROW_NAMES and len(cells) < 5:
            value = next((plain.index(name) for name in _ROW_VALUES if name in plain), 0)
            return Header(tuple(cells), bars=True, of_names=value) if value else None
    sign = "" if bars or len(cells) > 1 else next((s for s in _SIGNS if s in bare), "")
    if sign:
        cells = [cell.strip() for cell in bare.split(sign)]
        if not all(_is_name(cell) for cell in cells):
            return None  # prose has such signs too
    elif not bars and len(cells) < 2:
        cells = line.split()
        if len(cells) < 3 or not all(is_known(cell) or counted_by(cell) for cell in cells):
            return None  # words a blank apart are prose, if not each is a name
    if not 2 <= len(cells) <= _MOST_COLUMNS:
        return None
    if not all(len(cell) <= _LONGEST_NAME and _COLUMN.match(cell) for cell in cells):
        return None
    columns = _named(cells)
    classes = columns[0].lower() == "class"
    counted = sum(counted_by(name) is not None for name in columns)
    known = sum(is_known(name) and counted_by(name) is None for name in columns)
    if known + bool(counted) < 2 and not (classes and known):
        return None
    return Header(columns, bars, classes=classes, sign=sign)


@lru_cache(maxsize=1_000)
def header_of_two(above: str, below: str) -> Header | None:
    """Return the columns that two lines name together, None where they are no header of a table.

    `|  Mini-batch  |` above `|     Loss     |` (MATLAB), `average` above `loss` (Vowpal Wabbit).
    """
    if len(above) + len(below) > _LONGEST or _NUMBER_IN.search(above + below):
        return None
    (upper, bars), (lower, below_bars) = _cells(above), _cells(below)
    if bars != below_bars:
        return None
    if not bars:  # words of the lower line may lie a blank apart
        upper, lower = above.split(), below.split()
    if not 3 <= len(upper) == len(lower):
        return None
    names_of_both = [f"{a} {b}".strip() for a, b in zip(upper, lower, strict=True)]
    return header_of(" | ".join(names_of_both) if bars else "  ".join(names_of_both))


def _cells(line: str) -> tuple[list[str], bool]:
    """Return the cells of a line and whether bars divide them."""
    stripped = line.strip()
    if _BARS.search(stripped):
        return [cell.strip() for cell in _BARS.split(stripped.strip("|│┃║"))], True
    return [cell for cell in _GAPS.split(stripped) if cell], False


def _named(cells: Sequence[str]) -> tuple[str, ...]:
    """Return what columns are called: without marks, and with the split that they leave out."""
    columns = ["step" if cell == "#" else _bare(cell) for cell in cells]
    for at, cell in enumerate(cells):
        group = cell.partition("(")[0]
        opened = group and cell.count("(") > cell.count(")")  # `Box(P R mAP50) Mask(P R mAP50)`
        if opened and columns[at] in columns[:at]:
            columns[at:] = [f"{group}/{column}" for column in columns[at:]]
    if columns[0].lower() == "class":  # Ultralytics
        columns = [{"P": "precision", "R": "recall"}.get(c, c) for c in columns]
    if columns[:2] == ["E", "step"]:  # spaCy
        columns[0] = "epoch"
    if columns[0] == "step" and "step" in columns[1:]:  # the mark of a comment
        columns = columns[1:]
    if _OF_YOLO.issubset(columns):
        columns = [f"{c}_loss" if c in {*_OF_YOLO, "total"} else c for c in columns]
    found = [names.canonical(name) for name in columns]
    if "loss" in found and "eval/loss" in found:  # the scores beside them are of evaluation
        told = {names.plain(name) for name in columns if names.split(name) != "train"}
        columns = [
            f"val/{c}" if _is_score(c) and names.plain(c) not in told else c for c in columns
        ]
    return tuple(columns)


def _bare(cell: str) -> str:
    """Return `P` of ultralytics' `Box(P`, `mAP50-95` of `mAP50-95)`."""
    inside = cell.partition("(")[2] if cell.count("(") > cell.count(")") else ""
    return (inside or cell).strip(" )*_") or cell


def _is_name(cell: str) -> bool:
    return len(cell.split()) <= 2 and (is_known(cell) or counted_by(cell) is not None)


def _is_score(name: str) -> bool:
    known = names.canonical(name)
    scored = known is not None and names.canonical(f"eval/{name}") is not None and known != "loss"
    return scored or (known is None and names.better(name) is not None)


class Row(NamedTuple):
    """Rows of one table with numbers in the same places: what those mean, and which cells they are.

    ended: the cells that are `3/10`.
    """

    plan: Plan
    filled: tuple[bool, ...] = ()
    ended: tuple[bool, ...] = ()


def row_of(line: str, header: Header, section: str = "") -> tuple[Row, list[float]] | None:
    """Return a line as a row: its counters, their totals, its metrics; None where it is none.

    section: the split that a heading names, for rows that are named.
    """
    cells = _row(line[len(header.prefix) :], header) if line.startswith(header.prefix) else None
    return None if cells is None else _as_row(cells, header, section)


def torn_row_of(line: str, header: Header) -> tuple[Row, list[float]] | None:
    """Return a row that may be torn without its last cell; None where all others are no numbers.

    Nor where a counter is missing.
    """
    if not line.startswith(header.prefix):
        return None
    line = line[len(header.prefix) :]
    cells, bars = _cells(line)
    named = header.of_splits or header.of_names or header.classes
    if named or header.sign or bars != header.bars:
        return None
    ended = _BARS.search(line.rstrip()[-1:]) if bars else line[-1:].isspace()
    cells = cells if bars else line.split()
    whole = cells if ended else cells[:-1]
    size = len(header.columns)
    needed = [at for at, name in enumerate(header.columns) if counted_by(name) is not None]
    if len(line) > _LONGEST or any(_number(cell) is None for cell in whole):
        return None
    if not max([*needed, len(needed)]) < len(whole) <= size:
        return None
    return _as_row([*whole, *[""] * (size - len(whole))], header, "")


def _as_row(cells: Sequence[str], header: Header, section: str) -> tuple[Row, list[float]]:
    numbers = [_number(cell) for cell in cells]
    totals = [match[2] if (match := _FRACTION.fullmatch(cell)) else "nan" for cell in cells]
    filled = tuple(x is not None for x in numbers)
    ended = tuple(total != "nan" for total in totals)
    name = cells[0] if header.of_splits or header.of_names else ""
    row = _meaning(header, filled, ended, f"{section}/{name}" if section and name else name)
    taken = [c.at for c in row.plan.counters], [v.at for v in row.plan.values]
    of = [x if x is not None else float("nan") for x in numbers]
    counted = [float(totals[at]) for at in taken[0]]
    return row, [*(of[at] for at in taken[0]), *counted, *(of[at] for at in taken[1])]


def form_of(header: Header, row: Row, plain: str) -> tuple[str, list[int]] | None:
    """Return the form of such rows whole, and which of its groups make a row, the last for none.

    plain: the form of a number. None where rows are not told by numbers alone.
    """
    rows_named = header.of_splits or header.of_names
    if rows_named or header.classes or not (header.bars or all(row.filled)):
        return None
    cells, groups, count = list[str](), dict[tuple[int, bool], int](), 0
    for at, (filled, ended) in enumerate(zip(row.filled, row.ended, strict=True)):
        cells.append((f"({plain})" + r"/(\d+)" * ended) if filled else r"[^|\u2502\d]*?")
        for end in (False, True)[: filled + ended]:
            groups[at, end] = count
            count += 1
    between, edge = (r"\s*[|\u2502]\s*", r"[\s|\u2502]*") if header.bars else (r"\s+", r"\s*")
    between = re.escape(header.sign) if header.sign else between
    counters, values = row.plan.counters, row.plan.values
    order = [groups[c.at, False] for c in counters]
    order += [groups.get((c.at, True), count) for c in counters]
    order += [groups[v.at, False] for v in values]
    form = re.escape(header.prefix) + edge + between.join(cells) + edge
    return (form, order) if len(order) > 1 else None


def _row(line: str, header: Header) -> list[str] | None:
    """Return the cells of a row of the table, None where the line is none."""
    if len(line) > _LONGEST:
        return None
    bare = _BAR_AFTER.sub("", line)
    cells, bars = _cells(bare)
    size = len(header.columns)
    if header.of_splits:
        if not bars or len(cells) != size + 1:
            return None
        cells[0] = cells[0].rpartition(" - ")[2].rpartition(" ")[2]
        return cells if cells[0] and any(number(cell) is not None for cell in cells[1:]) else None
    if header.sign:
        cells = [cell.strip() for cell in bare.split(header.sign)]
        if len(cells) != size:
            return None
    elif len(cells) != size or bars != header.bars:
        cells = bare.split()
        if len(cells) != size or header.bars:
            return None
    found = [_number(cell) is not None for cell in cells]
    if header.of_names:
        return cells if found[header.of_names] and not found[0] and cells[0] else None
    if header.classes:
        return cells if cells[0].lower() == "all" and all(found[1:]) else None
    counts = [counted_by(name) is not None for name in header.columns]
    needed = counts if any(counts) else [True] * size
    if not all(f for f, need in zip(found, needed, strict=True) if need):
        return None
    return cells if 2 * sum(found) >= size and sum(found) > sum(counts) else None


def _number(cell: str) -> float | None:
    """Return what a cell says as a number; of a list, such as the terms of a loss, the sum."""
    value = number(cell)
    if value is None and (terms := _LIST.fullmatch(cell)):
        numbers = [number(term) for term in re.split(r"[,\s]+", terms[1].strip())]
        value = sum(x for x in numbers if x is not None) if None not in numbers else None
    return value


@lru_cache(maxsize=1_000)
def _meaning(header: Header, filled: tuple[bool, ...], ended: tuple[bool, ...], name: str) -> Row:
    """Return what the filled cells of a row mean. ended: those that are `3/10`; name: the row's."""
    counters, values, kinds = list[Counter](), list[Value](), set[str]()
    if header.of_splits:
        told = ((f"{split}/{name}", at) for at, split in enumerate(("train", "eval"), 1))
        values = [Value(key, at) for key, at in told if filled[at] and kept(key, True)]
        return Row(Plan((), tuple(values), any(is_known(v.key) for v in values), False), filled)
    if header.of_names:
        values = [Value(name, header.of_names)] * kept(name, True)
        return Row(Plan((), tuple(values), bool(values) and is_known(name), False), filled)
    for at, own in enumerate(header.columns):
        kind = counted_by(own)
        if not filled[at] or kind in kinds:
            continue
        if kind is not None:
            kinds.add(kind)
            counters.append(Counter(kind, at, at if ended[at] else -1, name=own))
        elif header.classes:
            values += [Value(f"val/{own}", at)] * is_known(own)
        elif kept(own, True) or is_told_beside(own):
            values.append(Value(own, at))
    known = any(is_known(value.key) for value in values)
    return Row(Plan(tuple(counters), tuple(values), known, header.classes), filled, ended)
