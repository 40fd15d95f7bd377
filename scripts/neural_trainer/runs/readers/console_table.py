"""Tables of two columns that reinforcement learning prints once an update: `| name | value |`.

Written by the loggers of Baselines, Stable-Baselines 1 to 3 and Spinning Up; and, without bars
between two rules of dashes, by those of rllab, garage and rlkit. A line whose value is empty,
`| rollout/ |  |`, opens a section: the names below it, set in, stand in it. Each table is a row.
The mean reward of no finished episode is printed as nan and was not logged. A last table without
an end, which may lack its step, is left out; a first one without its top is in the sections of the
others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from neural_trainer.errors import ReadError
from neural_trainer.runs.axes import Table, to_runs
from neural_trainer.runs.columns import Column, Columns, number
from neural_trainer.runs.line_keys import is_known
from neural_trainer.runs.lines import Progress, text
from neural_trainer.runs.run import Run
from neural_trainer.runs.text_lines import State, states, states_of
from neural_trainer.runs.torn_line import note_of

NAME = "console-table"

_LINE = re.compile(r"\s*[|│]( *)([^|│]*?\S)\s*[|│]\s*([^|│]*?)\s*[|│]\s*")
_RULE = re.compile(r"(?:.*[|:\]] )?-{3,} +-{3,}\s*")
_BETWEEN = re.compile(r"(?:[^|]*[|\]] )?()(\S.*?)(?:  +|\t)(\S+)\s*")
_LONGEST_LINE = 400  # characters
_BATCH = 1024  # tables turned into columns at once
_FEWEST = 2  # tables with a known metric; one may list settings


def sniff(head: bytes, path: Path) -> bool:
    """Return whether tables with a known metric repeat."""
    decoded = text(head)
    if decoded is None or not any(mark in decoded for mark in ("|", "│", "--  --", "-- --")):
        return False
    found = sum(any(map(is_known, row)) for row in _tables(states_of(decoded)) if len(row) > 1)
    return found >= _FEWEST


def _tables(lines: Iterable[State]) -> Iterator[dict[str, float]]:
    """Yield the numbers of each table, by name; not of a last one that has no end."""
    row: dict[str, float] = {}
    ended: dict[str, float] = {}
    section = line = ""
    inside = False  # two rules of dashes
    for _, line, _ in lines:
        if ended:
            yield ended
            ended = {}
        short = len(line) < _LONGEST_LINE
        match = _LINE.fullmatch(line) if short else None
        if match is None and short and "-- " in line and _RULE.fullmatch(line):
            inside = not inside
        elif match is None and short and inside:
            match = _BETWEEN.fullmatch(line)
            inside = match is not None
        if match is None:
            ended, row, section = row, {}, ""
            continue
        indent, name, cell = match.groups()
        if not cell and name.endswith("/"):
            section = name
            continue
        value = number(cell)
        if value is not None and (value == value or "ep" not in name.lower()):
            above = section if len(indent) > 1 and not name.startswith(section) else ""
            row[above + name] = value
    if ended and not line.lstrip().startswith(("|", "│")):  # which would be a torn row
        yield ended


def read(path: Path, progress: Progress | None = None) -> list[Run]:
    """Return the runs in the tables, more than one where their steps start again."""
    columns, batch, torn = Columns(), list[dict[str, float]](), list[str]()
    for row in _tables(_with_rule(states(path, progress, torn), torn)):
        batch.append(row)
        if len(batch) == _BATCH:
            columns.add(batch)
            batch = []
    columns.add(batch)
    found = _in_sections(columns.columns())
    if not found:
        raise ReadError(f"{path}: tables without a number; expected lines such as '| loss | 0.5 |'")
    tail = "".join(torn)
    notes = note_of(tail, None, False) if not _is_rule(tail) else []
    return to_runs(Table(path.stem, str(path), NAME, found, columns.num_rows, notes=notes))


def _with_rule(lines: Iterable[State], torn: list[str]) -> Iterator[State]:
    """Yield states and the rule that the last line is, where it closes a table without an end."""
    yield from lines
    if torn and _is_rule(torn[0]):
        yield State(0, torn[0], False)


def _is_rule(line: str) -> bool:
    return line[:1] == "-" and not line.strip("- ")


def _in_sections(found: dict[str, Column]) -> dict[str, Column]:
    """Return columns with the rows of a first table that is cut at its top in their sections."""
    whole = dict(found)
    for name in [name for name in found if "/" not in name]:
        of = [other for other in found if other.endswith(f"/{name}")]
        if len(of) == 1 and found[name].row[-1] < found[of[0]].row[0]:
            parts = [whole.pop(name), found[of[0]]]
            whole[of[0]] = Column(*map(np.concatenate, zip(*parts, strict=True)))
    return whole
