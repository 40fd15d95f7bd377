"""MLPerf's compliance logs: lines that begin with `:::MLP` or `:::MLL`, among whatever else.

Up to 0.6 `:::MLPv0.5.0 resnet <unix time> (file:line) key: value`, where the value may be JSON with
an epoch or iteration and the value itself; later `:::MLLOG` and one JSON object with key, value,
time_ms and metadata. What carries an epoch, an iteration or a count of samples is a metric, all
else a setting.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from neural_trainer.errors import ReadError
from neural_trainer.runs.axes import Table, to_runs
from neural_trainer.runs.columns import Columns, number
from neural_trainer.runs.lines import Progress, text
from neural_trainer.runs.run import Run
from neural_trainer.runs.text_lines import State, states
from neural_trainer.runs.torn_line import note_of

NAME = "mlperf"

_MARK = re.compile(r"^.{0,80}?:::ML(?:P|L)", re.MULTILINE)
_OLD = re.compile(r":::MLP\S* \S+ (\d+(?:\.\d+)?) \(.*?\) (\w+)(?:: (.*))?")
_COUNTS = {
    "epoch": "epoch", "epoch_num": "epoch", "iteration": "iteration", "step": "step",
    "step_num": "step", "samples_count": "samples", "epoch_count": "epoch",
}  # fmt: skip
_BEST_FIRST = ("epoch", "step", "iteration", "samples")


def sniff(head: bytes, path: Path) -> bool:
    """Return whether a line carries the mark of such a log."""
    decoded = text(head)
    return decoded is not None and ":::ML" in decoded and _MARK.search(decoded) is not None


def read(path: Path, progress: Progress | None = None) -> list[Run]:
    """Return the run that the log tells of."""
    columns, rows, config = Columns(), list[dict[str, float]](), dict[str, Any]()
    torn: list[str] = []
    for line in _lines(states(path, progress, torn), torn):
        start = line.find(":::ML")
        entry = _entry(line[start:]) if start >= 0 else None
        if entry is None:
            continue
        key, value, counts, when = entry
        metrics = value if isinstance(value, dict) else {key: value}
        numbers = {name: x for name, cell in metrics.items() if (x := number(cell)) is not None}
        if counts and numbers and not isinstance(value, bool):
            rows.append({**counts, **numbers, "timestamp": when})
        elif value is not None and not counts:
            config[key] = value
    counted = [c for c in _BEST_FIRST if any(c in row for row in rows)]
    best = max(counted, key=lambda c: sum(c in row for row in rows), default=None)
    columns.add(
        [
            {key: x for key, x in row.items() if key == best or key not in counted}
            for row in rows
            if best in row
        ]
    )
    found = columns.columns()
    if best is None or not found:
        raise ReadError(f"{path}: no metric in an MLPerf log; expected eval_accuracy at an epoch")
    if best == "samples":
        found["step"] = found.pop("samples")
    tail = "".join(torn)
    return to_runs(
        Table(
            path.stem,
            str(path),
            NAME,
            found,
            columns.num_rows,
            axis=best,
            config=config,
            notes=note_of(tail, None, False) if tail[-1:] != "}" else [],
        )
    )


def _lines(lines: Iterable[State], torn: list[str]) -> Iterator[str]:
    """Yield lines, and the last without an end where a brace ends it: then it is whole."""
    yield from (state.text for state in lines)
    yield from (text for text in torn if text.endswith("}"))


def _entry(line: str) -> tuple[str, Any, dict[str, float], float] | None:
    """Return key, value, counters and seconds of a line, None where it is torn."""
    if match := _OLD.match(line):
        value = _json(match[3]) if match[3] else None
        when, key, about = float(match[1]), match[2], value
        if isinstance(value, dict) and "value" in value:
            value = value["value"]
        elif key in ("train_epoch", "eval_start", "eval_stop"):
            return None
    else:
        found = _json(line.partition(" ")[2])
        if not isinstance(found, dict) or not isinstance(found.get("key"), str):
            return None
        key, value, about = found["key"], found.get("value"), found.get("metadata")
        when = (number(found.get("time_ms")) or 0.0) / 1000
    counts = {}
    for name, cell in about.items() if isinstance(about, dict) else ():
        if name in _COUNTS and (count := number(cell)) is not None:
            counts[_COUNTS[name]] = count
    return key, value, counts, when


def _json(cell: str) -> Any:
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        return None
