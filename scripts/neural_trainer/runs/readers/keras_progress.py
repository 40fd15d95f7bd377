"""Keras' progress: `Epoch 3/10`, then `938/938 [====] - 3s 2ms/step - loss: 0.5 - val_loss: 0.4`.

Of an epoch the last state counts: what stands before it are means over the batches so far, written
over with returns or backspaces, hundreds of times. Keras 1 to 3 are read, with any verbosity; the
learning rate also from what ReduceLROnPlateau and LearningRateScheduler print. A second fit starts
the epochs again and becomes another run, and so do epochs that another program prints behind the
last. An epoch that was cut off is left out, and said, unless there is no other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from neural_trainer.errors import ReadError
from neural_trainer.runs.axes import Table, to_runs
from neural_trainer.runs.columns import Columns
from neural_trainer.runs.line_keys import is_known, parts_of
from neural_trainer.runs.line_shapes import plan_of
from neural_trainer.runs.lines import Progress, text
from neural_trainer.runs.run import Run
from neural_trainer.runs.text_axis import measure
from neural_trainer.runs.text_lines import State, states, without_prefix
from neural_trainer.runs.text_log import Lines
from neural_trainer.runs.torn_line import last_line, note_of

NAME = "keras-progress"

_EPOCH = re.compile(r"\s*Epoch (\d+)/(\d+)\s*")
_BAR = re.compile(r"\s*(\d+)/(\d+|Unknown|None) (?:\[[=>.\-]*\]|[━╸╺ ]*━[━╸╺ ]*|- )|\s*- \d+m?s\b")
_SNIFF = re.compile(
    r"^[ \t]*Epoch \d+/\d+[ \r]*\n(?:.*[\r\n]+){0,3}?.*?"
    r"(?:\d+/(?:\d+|Unknown|None) *(?:\[[=>.\-]*\]|\x1b\S*|[ ━]*━)|[ \b\r]- \d+m?s\b)",
    re.MULTILINE,
)
_FEWEST = 3  # epochs of another program
_MOST_BEHIND = 100_000  # lines behind the last epoch that are looked at
_RATE = re.compile(r"Epoch 0*(\d+): .*learning rate to (\d+(?:\.\d+)?(?:e-?\d+)?)")


def sniff(head: bytes, path: Path) -> bool:
    """Return whether a line of an epoch is followed by its progress."""
    decoded = text(head)
    return (
        decoded is not None
        and "Epoch" in decoded
        and _SNIFF.search(without_prefix(decoded)) is not None
    )


def read(path: Path, progress: Progress | None = None) -> list[Run]:
    """Return the run, or one for each fit."""
    torn: list[str] = []
    behind: list[State] = []
    rows, epoch, partial = _epochs(states(path, progress, torn), behind)
    tail = "".join(torn)
    last = last_line(path, tail)
    metrics = _metrics(last.parts, last.num_whole) if last and epoch and _is_done(tail) else {}
    trained = any("lr" not in row or len(row) > 2 for row in rows)
    if partial and not metrics and not trained:
        rows.append({"epoch": epoch, **_metrics(parts_of(partial))})
    elif metrics:
        rows.append({"epoch": epoch, **metrics})
    columns = Columns()
    columns.add(rows)
    found = columns.columns()
    if not rows:
        raise ReadError(f"{path}: no epoch with a metric; expected Keras' 'loss: 0.5' after a bar")
    cut = bool(partial) and not metrics and trained
    notes = [f"epoch {epoch:g} was not finished and is left out"] * cut
    notes += note_of(tail, last, bool(metrics))
    runs = to_runs(Table(path.stem, str(path), NAME, found, columns.num_rows, notes=notes))
    others = _of_another_program(behind, path)
    if not others:
        return runs
    return [replace(run, name=f"{path.stem}#{i}") for i, run in enumerate(runs + others, 1)]


def _of_another_program(lines: list[State], path: Path) -> list[Run]:
    """Return the runs in lines behind the last epoch, where they count epochs from the first on."""
    gathered = Lines()
    gathered.add(lines)
    runs = [
        run
        for part in measure(gathered)
        for run in to_runs(Table(path.stem, str(path), NAME, part.columns, part.num_rows))
    ]
    return [run for run in runs if run.axis == "epoch" and _is_course(run)]


def _is_course(run: Run) -> bool:
    loss = run.signals.get("loss")
    return loss is not None and len(loss) >= _FEWEST and loss.step[0] <= 1


def _epochs(
    lines: Iterable[State], behind: list[State]
) -> tuple[list[dict[str, float]], float, str]:
    """Return the metrics of each epoch, the number of one that goes on, or 0, and its last line.

    behind: gets what stands behind the last.
    """
    rows: list[dict[str, float]] = []
    epoch, partial = 0.0, ""
    for state in lines:
        line = state.text
        if match := _EPOCH.fullmatch(line):
            epoch, partial = float(match[1]), ""
            behind.clear()
        elif epoch and _BAR.match(line):
            partial = line if "loss" in line else partial
            if _is_done(line) and (metrics := _metrics(parts_of(line))):
                rows.append({"epoch": epoch, **metrics})
                epoch, partial = 0.0, ""
        elif "learning rate to" in line and (match := _RATE.search(line)):
            rows.append({"epoch": float(match[1]), "lr": float(match[2])})
        elif len(behind) < _MOST_BEHIND:
            behind.append(state)
    return rows, epoch, partial


def _is_done(line: str) -> bool:
    """Return whether a progress line is that of an epoch's end."""
    bar = _BAR.match(line)
    if bar is None or "ETA:" in line:
        return False
    return bar[1] is None or bar[1] == bar[2] or not bar[2].isdigit()


def _metrics(parts: Sequence[str], num_whole: int | None = None) -> dict[str, float]:
    """Return the metrics of a progress line by name. num_whole: as many of its numbers count."""
    plan = plan_of(parts)
    if plan is None or not any(is_known(value.key) for value in plan.values):
        return {}
    return {
        value.key: float(parts[2 * value.at + 1].replace(",", ""))
        for value in plan.values
        if num_whole is None or value.at < num_whole
    }
