"""JSON Lines: one JSON object a line, one line a logged step.

Written by the Monitor of this project (metrics.jsonl), detectron2 and mmdet (metrics.json,
*.log.json), mmengine (scalars.json), RLlib (result.json), LLaMA-Factory (trainer_log.jsonl),
StyleGAN (stats.jsonl) and many hand-written loops. Nested objects are flattened with "/"; null is
no value; NaN and Infinity may stand bare or as strings. mmdet counts `iter` inside each epoch,
mmengine's evaluation rows reuse `step` for the epoch's number: both are put on one axis of steps.
Where each object says which data it was measured on, `"phase": "val"` or the like, each phase has
its own signals.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from copy import copy
from pathlib import Path
from typing import Any

import numpy as np

from neural_trainer.errors import ReadError
from neural_trainer.runs import arrow, phases
from neural_trainer.runs.alike import groups
from neural_trainer.runs.axes import Table, to_runs
from neural_trainer.runs.columns import Column, Columns, Rows
from neural_trainer.runs.lines import fill, plain, text
from neural_trainer.runs.run import JSON_LINES, Run

NAME = JSON_LINES

_BATCH = 2048  # lines parsed at once
_EVALUATION = {"val", "valid", "validation", "eval", "evaluation", "test", "dev"}
_PHASES = frozenset({"phase", "split", "stage", "type", "set", "subset", "kind"})  # may name one
_SHOWN = 5  # bad lines named in a note


def sniff(head: bytes, path: Path) -> bool:
    """Return whether a first line is a JSON object that ends on it; damaged ones may precede it."""
    decoded = text(head)
    if decoded is None:
        return False
    for line in decoded.split("\n")[:20]:
        line = line.strip()
        if line.startswith("{") and line.endswith("}"):
            if isinstance(_parse(line), dict):
                return True
        elif line and not line.startswith(("#", "//")):
            # A first line longer than the head cannot be told by parsing it.
            return line.startswith('{"') and "\n" not in decoded.strip()
    return path.suffix == ".jsonl" and not decoded.strip()


def read(path: Path) -> list[Run]:
    """Return the runs in the file, more than one where its steps start again."""
    log = Log(path)
    fill(log, path)
    return log.runs()


class Log:
    """A log as far as it was read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._columns, self._config = Columns(), dict[str, Any]()
        self._by_arrow = arrow.reads_numbers(path)
        self._phases = set[str]()
        self._evaluated: list[int] = []
        self._bad: list[int] = []
        self._num_lines = 0

    def copy(self) -> Log:
        """Return a log that grows by itself."""
        other = copy(self)
        other._columns, other._config = self._columns.copy(), dict(self._config)
        other._phases = set(self._phases)
        other._evaluated, other._bad = list(self._evaluated), list(self._bad)
        return other

    def expect(self, times: float) -> None:
        """Make room for so many times the rows that were read."""
        self._columns.expect(int(times * self._columns.num_rows))

    def add(self, block: bytes) -> None:
        """Read whole lines; at the end of the file the last one's end may be missing."""
        block = plain(block)
        block = block if block.endswith(b"\n") else block + b"\n"
        stop = np.flatnonzero(np.frombuffer(block, np.uint8) == ord("\n"))
        start = np.append(0, stop[:-1] + 1)
        kinds, alone = groups(block, start, stop, self._by_arrow)
        parsed = {int(i): row for i, row in self._parsed(block, start, stop, alone)}
        counted = np.zeros(len(start), np.bool_)
        for kind in kinds:
            counted[kind.row] = True
        counted[list(parsed)] = True
        place = np.cumsum(counted) + (self._columns.num_rows - 1)
        evaluated: list[int] = []
        for kind in kinds:
            at = place[kind.row]
            if _is_evaluation(kind.first):
                evaluated += at.tolist()
            for name, value in kind.columns.items():
                self._columns.add_column(name, at, np.broadcast_to(value, len(at)))
            self._add_phases(kind.first, at)
        at = place[list(parsed)]
        self._columns.add_at(list(parsed.values()), at)
        evaluated += at[[_is_evaluation(row) for row in parsed.values()]].tolist()
        for i, said in enumerate(parsed.values()):
            self._add_phases(said, at[i : i + 1])
        self._evaluated += sorted(evaluated)
        self._columns.num_rows = int(place[-1]) + 1
        self._num_lines += len(start)
        firsts = {int(kind.row[0]): kind.first for kind in kinds} | parsed
        for _, row in sorted(firsts.items(), key=lambda item: item[0]):
            if not self._config and isinstance(row.get("config"), dict):
                self._config.update(row["config"])

    def _parsed(
        self,
        block: bytes,
        start: Rows,
        stop: Rows,
        alone: Rows,
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield the objects in the lines `alone`."""
        for first in range(0, len(alone), _BATCH):
            some = alone[first : first + _BATCH].tolist()
            lines = [block[start[i] : stop[i]].decode(errors="replace").strip() for i in some]
            lines = ["" if line.startswith(("#", "//")) else line for line in lines]
            # One call for all of them is about twice as fast as one a line.
            rows = _parse("[" + ",".join(filter(None, lines)) + "]")
            if not isinstance(rows, list) or len(rows) != sum(map(bool, lines)):
                rows = [_parse(line) for line in lines if line]
            found = iter(rows)
            for i, line in zip(some, lines, strict=True):
                row = next(found) if line else ()
                if row is None:
                    self._bad.append(self._num_lines + i + 1)
                elif isinstance(row, dict):
                    yield i, row

    def _add_phases(self, row: Mapping[str, Any], at: Rows) -> None:
        """Add what an object says of its phase, at the rows that are alike."""
        if _PHASES.isdisjoint(row):
            return
        for key in _PHASES:
            if isinstance(word := row.get(key), str) and (code := phases.phase(word)) is not None:
                self._columns.add_column(key, at, np.full(len(at), code))
                self._phases.add(key)

    def _divided(self) -> tuple[dict[str, Column], int, list[str]]:
        """Return the columns, for each phase where all objects from a first one on name theirs."""
        found, num_rows = self._columns.columns(), self._columns.num_rows
        for key in sorted(self._phases):
            rows = found[key].row
            if len(rows) == num_rows - rows[0] and not self._evaluated:
                return phases.divided(found, key, num_rows)
            del found[key]
        return found, num_rows, []

    def runs(self) -> list[Run]:
        """Return the runs in what was read."""
        found, num_rows, notes = self._divided()
        if not found:
            raise ReadError(
                f"{self.path}: JSON without a number to plot; expected an object of metrics a line"
            )
        table = Table(
            self.path.stem, str(self.path), NAME, found, num_rows,
            evaluated=self._evaluated, config=self._config,
            notes=[*_notes(self._bad, self._num_lines), *notes],
        )  # fmt: skip
        return to_runs(table)


def _parse(line: str) -> Any:
    """Return what a line holds, None where it is no JSON."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _is_evaluation(row: Mapping[str, Any]) -> bool:
    mode = row.get("mode")
    return isinstance(mode, str) and mode in _EVALUATION


def _notes(bad: list[int], last: int) -> list[str]:
    if bad == [last]:
        return [f"line {last}, the last, is torn and left out"]
    shown = ", ".join(map(str, bad[:_SHOWN])) + (", …" if len(bad) > _SHOWN else "")
    return [f"lines that are no JSON, left out: {len(bad)} ({shown})"] if bad else []
