"""Boosting rounds as LightGBM, XGBoost and CatBoost print them: a round, its metrics by data set.

`[20]  training's l2: 0.5  valid_1's l2: 0.6`, `[0]  train-rmse:0.5  eval-rmse:0.6` and
`10:  learn: 0.86  test: 0.9  best: 0.9 (10)  total: 61ms`. The folds of a cross-validation start
the count again and become runs of their own. The best round, printed again at the end, is passed
over. XGBoost's validation_0 is the training data where there is a validation_1; CatBoost calls its
evaluation data test. Lines may be quoted as Markdown does it, after "> " or set in by four blanks.
"""

from __future__ import annotations

import re
from pathlib import Path

from neural_trainer.errors import ReadError
from neural_trainer.runs.axes import Table, to_runs
from neural_trainer.runs.columns import Column, Columns
from neural_trainer.runs.lines import Progress, text
from neural_trainer.runs.run import Run
from neural_trainer.runs.text_lines import states, without_prefix
from neural_trainer.runs.torn_line import last_line, note_of

NAME = "boosting-rounds"

_NUMBER = r"[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|(?i:nan|inf))"
_ROUND = re.compile(r"(?: {4}|> ?)?(?:[\d\-: ]+INFO[ :]+)?(?:\[(\d+)\]|(\d+):)\s+(.*)")
_METRIC = re.compile(rf"([^\s:+][^:\t+]{{0,99}}?):\s*({_NUMBER})(?=[\s+]|$)")
_LINE = re.compile(
    rf"^(?: {{4}}|> ?)?(?:\[\d+\]\s+[^\s:]{{1,99}}(?:'s |-)[^\s:]{{1,99}}:\s*{_NUMBER}"
    rf"|\d+:\s+(?:(?:learn|test): {_NUMBER}\s+)+.*\bremaining: )",
    re.MULTILINE,
)
_OF_CATBOOST = {"learn": "learn/loss", "test": "eval/loss", "test1": "eval/loss/1"}
_NO_METRIC = {"best", "total", "remaining", "passed"}
_NUMBERED = re.compile(r"(valid|validation)_(\d+)((?:'s |-).+)")
_BATCH = 4096  # rows turned into columns at once


def sniff(head: bytes, path: Path) -> bool:
    """Return whether a line is a round with metrics by data set."""
    decoded = text(head)
    return decoded is not None and _LINE.search(without_prefix(decoded)) is not None


def read(path: Path, progress: Progress | None = None) -> list[Run]:
    """Return the run, or one for each fold."""
    columns, batch, torn = Columns(), list[dict[str, float]](), list[str]()
    again = False
    for _, line, _ in states(path, progress, torn):
        match = _ROUND.match(line)
        if match is None or again:
            again = "est iteration" in line
            continue
        if row := _round(match):
            batch.append(row)
        if len(batch) == _BATCH:
            columns.add(batch)
            batch = []
    tail = "".join(torn)
    last = last_line(path, tail)
    end = len(tail) if last and last.is_whole else max(map(tail.rfind, " \t")) + 1
    match = None if again else _ROUND.match(tail[:end])
    row = _round(match) if match else {}
    columns.add([*batch, row] if row else batch)
    found = columns.columns()
    if not found:
        raise ReadError(f"{path}: no round with a metric; expected lines such as '[20]  l2: 0.5'")
    _name_sets(found)
    notes = note_of(tail, last, bool(row))
    return to_runs(Table(path.stem, str(path), NAME, found, columns.num_rows, notes=notes))


def _round(match: re.Match[str]) -> dict[str, float]:
    """Return the count and the metrics of a round; nothing where it has none."""
    metrics = {
        _OF_CATBOOST.get(name, name): float(value)
        for name, value in _METRIC.findall(match[3].replace("\t", "  \t"))
        if name not in _NO_METRIC
    }
    return {"iteration": float(match[1] or match[2]), **metrics} if metrics else {}


def _name_sets(found: dict[str, Column]) -> None:
    """Name the data sets that a library numbered."""
    numbered = [(name, match) for name in found if (match := _NUMBERED.fullmatch(name))]
    sets = sorted({int(match[2]) for _, match in numbered})
    for name, match in numbered:
        if int(match[2]) == sets[0]:
            first = "train" if match[1] == "validation" and len(sets) > 1 else "valid"
            found[first + match[3]] = found.pop(name)
        elif match[1] == "validation" and int(match[2]) == sets[1]:
            found["valid" + match[3]] = found.pop(name)
