"""JSON Lines: one JSON object a line, one line a logged step.

Written by the Monitor of this project (metrics.jsonl), detectron2 and mmdet (metrics.json,
*.log.json), mmengine (scalars.json), RLlib (result.json), LLaMA-Factory (trainer_log.jsonl),
StyleGAN (stats.jsonl) and many hand-written loops. Nested objects are flattened with "/"; null is
no value; NaN and Infinity may stand bare or as strings. mmdet counts `iter` inside each epoch,
mmengine's evaluation rows reuse `step` for the epoch's number: both are put on one axis of steps.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from neural_trainer.errors import ReadError
from neural_trainer.runs.axes import Table, to_runs
from neural_trainer.runs.columns import Columns
from neural_trainer.runs.lines import lines, text
from neural_trainer.runs.run import Run

NAME = "json-lines"

_BATCH = 2048  # lines parsed at once
_BATCH_CHARACTERS = 1 << 25  # in them
_EVALUATION = {"val", "valid", "validation", "eval", "evaluation", "test", "dev"}
_SHOWN = 5  # bad lines named in a note


def sniff(head: bytes, path: Path) -> bool:
    """Return whether the first line is a JSON object that ends on it."""
    decoded = text(head)
    if decoded is None:
        return False
    for line in decoded.split("\n")[:20]:
        line = line.strip()
        if line.startswith("{") and line.endswith("}"):
            return isinstance(_parse(line), dict)
        if line and not line.startswith(("#", "//")):
            # A first line longer than the head cannot be told by parsing it.
            return line.startswith('{"') and "\n" not in decoded.strip()
    return path.suffix == ".jsonl" and not decoded.strip()


def read(path: Path) -> list[Run]:
    """Return the runs in the file, more than one where its steps start again."""
    columns, bad, evaluated = Columns(), _Bad(), list[int]()
    config: dict[str, Any] = {}
    batch: list[tuple[int, str]] = []
    last = size = 0
    for number, line in lines(path):
        batch.append((number, line.strip()))
        last, size = number, size + len(line)
        if len(batch) == _BATCH or size > _BATCH_CHARACTERS:
            _take(batch, columns, evaluated, config, bad)
            batch, size = [], 0
    _take(batch, columns, evaluated, config, bad)
    found = columns.columns()
    if not found:
        raise ReadError(
            f"{path}: JSON without a number to plot; expected an object of metrics a line"
        )
    table = Table(
        path.stem,
        str(path),
        NAME,
        found,
        columns.num_rows,
        evaluated=evaluated,
        config=config,
        notes=bad.notes(last),
    )
    return to_runs(table)


def _parse(line: str) -> Any:
    """Return what a line holds, None where it is no JSON."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


class _Bad:
    """The lines that hold no JSON object."""

    def __init__(self) -> None:
        self.numbers: list[int] = []

    def notes(self, last: int) -> list[str]:
        numbers = self.numbers
        if numbers == [last]:
            return [f"line {last}, the last, is torn and left out"]
        if not numbers:
            return []
        shown = ", ".join(map(str, numbers[:_SHOWN])) + (", …" if len(numbers) > _SHOWN else "")
        return [f"lines that are no JSON, left out: {len(numbers)} ({shown})"]


def _take(
    batch: list[tuple[int, str]], columns: Columns, evaluated: list[int], config: dict[str, Any],
    bad: _Bad,
) -> None:  # fmt: skip
    batch = [(number, line) for number, line in batch if not line.startswith(("#", "//"))]
    # One call for the whole batch is about twice as fast as one a line.
    rows = _parse("[" + ",".join(line for _, line in batch if line) + "]")
    if not isinstance(rows, list) or len(rows) != sum(1 for _, line in batch if line):
        rows = [_parse(line) if line else () for _, line in batch]
        bad.numbers += [n for (n, _), row in zip(batch, rows, strict=True) if row is None]
    rows = [row for row in rows if isinstance(row, dict)]
    first = columns.num_rows
    evaluated += [first + i for i, row in enumerate(rows) if row.get("mode") in _EVALUATION]
    for row in rows:
        if not config and isinstance(row.get("config"), dict):
            config.update(row["config"])
    columns.add(rows)
