"""A chart of one signal for a terminal, drawn in braille dots."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from neural_trainer.render.panels import View, panels
from neural_trainer.runs.plain_text import shown_name
from neural_trainer.runs.run import Array, Run, Series
from neural_trainer.signals.reduce import envelope
from neural_trainer.symptoms import Finding

# Bits of a braille character's dots by row and column: Unicode 15, chapter 21.1.
DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
BLANK = 0x2800
LARGEST = 1e300  # beyond it a difference overflows
LABEL = 10  # columns of the axis
DECADES = 30.0  # highest by lowest, from which the axis is logarithmic
MARKS = "abcdefghijklmnopqrstuvwxyz"  # one a run, where several are drawn


def chart(
    runs: Sequence[Run],
    name: str,
    findings: Sequence[Sequence[Finding]] = (),
    view: View | None = None,
    width: int = 79,
    height: int = 12,
) -> str:
    """Return the signal `name` of `runs` as `height` lines of at most `width` columns.

    Runs that did not log it are left out; several are told apart by letters, as far as these go.
    Values over DECADES are drawn on a log axis. findings: alarms of each run, named below.
    """
    view = view if view is not None else View()
    drawn = [(run, series.finite()) for run in runs if (series := run.get(name)) is not None]
    drawn = [(run, series) for run, series in drawn if len(series)]
    if not drawn:
        return f"{shown_name(name)}: no finite value"
    value = np.concatenate([series.value for _, series in drawn])
    low, high = float(value.min()), float(value.max())
    log = low > 0 and (view.log_y or high > DECADES * low)
    first = min(float(series.step[0]) for _, series in drawn)
    last = max(float(series.step[-1]) for _, series in drawn)
    columns = width - LABEL - 1
    canvas = _Canvas(columns, height, (first, last), _scaled((low, high), log), view.log_x)
    lettered = 1 < len(drawn) <= len(MARKS)
    for index, (_, series) in enumerate(drawn):
        canvas.draw(series, log, MARKS[index] if lettered else "")
    labels = {0: f"{high:.4g}", height - 1: f"{low:.4g}"}
    title = shown_name(name) + (" (log)" if log else "")
    if view.log_y and not log:
        title += " (linear: a log axis has no place for values of zero and less)"
    lines = [title[:width]]
    lines += [f"{labels.get(row, ''):>{LABEL}} {text}" for row, text in enumerate(canvas.rows())]
    left, right = f"{first:.0f}", f"{drawn[0][0].axis} {last:.0f}"
    lines.append(" " * (LABEL + 1) + left + right.rjust(columns - len(left)))
    if lettered:
        names = [f"{MARKS[i]} {shown_name(run.name, 30)}" for i, (run, _) in enumerate(drawn)]
        lines += _in_columns(names, columns)
    elif len(drawn) > 1:
        lines.append(" " * (LABEL + 1) + f"{len(drawn)} runs")
    if len(runs) == 1 and findings:
        lines += _alarms(findings[0], canvas)
    return "\n".join(line.rstrip() for line in lines)


def charts(
    runs: Sequence[Run],
    findings: Sequence[Sequence[Finding]] = (),
    view: View | None = None,
) -> str:
    """Return a chart of each signal that matches the view; of the chief ones without any.

    Raises NeuralTrainerError where no run has one.
    """
    view = view if view is not None else View()
    names = list(dict.fromkeys(name for panel in panels(runs, view.signals) for name in panel))
    return "\n\n".join(chart(runs, name, findings, view) for name in names)


def _in_columns(names: Sequence[str], columns: int) -> list[str]:
    """Return names side by side, as many in a line as fit."""
    widest = max(map(len, names)) + 2
    each = max(1, (columns + 2) // widest)
    rows = [names[start : start + each] for start in range(0, len(names), each)]
    return [" " * (LABEL + 1) + "".join(f"{name:<{widest}}" for name in row) for row in rows]


def _alarms(findings: Sequence[Finding], canvas: _Canvas) -> list[str]:
    """Return a line for each alarm, with a mark below the step where it begins."""
    lines = []
    for finding in sorted(findings, key=lambda f: f.step):
        column, said = canvas.column(finding.step), f"{finding.symptom} at {finding.step:.0f}"
        right = column + 2 + len(said) <= canvas.columns
        told = f"{'':<{column}}^ {said}" if right else f"{said:>{max(column - 1, len(said))}} ^"
        lines.append(" " * (LABEL + 1) + told)
    return lines


def _scaled(values: tuple[float, float], log: bool) -> tuple[float, float]:
    low, high = (math.log10(v) if log else min(max(v, -LARGEST), LARGEST) for v in values)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


class _Canvas:
    """Dots in a grid of braille characters, each two dots wide and four high."""

    def __init__(
        self,
        columns: int,
        rows: int,
        x: tuple[float, float],
        y: tuple[float, float],
        log_x: bool,
    ) -> None:
        self.columns = columns
        self._dots = np.zeros((4 * rows, 2 * columns), dtype=bool)
        self._letters: dict[tuple[int, int], str] = {}
        self._x, self._y, self._log_x = x, y, log_x

    def column(self, step: float) -> int:
        """Return the column of characters in which a step lies."""
        return int(self._across(np.array([step]))[0]) // 2

    def _across(self, step: Array) -> Array:
        """Return in which column of dots steps lie, as fractions."""
        ends = np.array(self._x)
        if self._log_x:  # from one on, as pictures have it
            step, ends = np.log1p(np.maximum(step, 0)), np.log1p(np.maximum(ends, 0))
        reach = max(float(ends[1] - ends[0]), 1e-300)
        most = 2 * self.columns - 1
        return np.asarray(np.clip((step - ends[0]) / reach * most, 0, most))

    def draw(self, series: Series, log: bool, letter: str) -> None:
        """Draw a curve as a line through its points, every extreme kept."""
        rows, columns = self._dots.shape
        points = envelope(series, 2 * columns)
        value = np.log10(points.value) if log else np.clip(points.value, -LARGEST, LARGEST)
        across = self._across(points.step)
        up = (value - self._y[0]) / (self._y[1] - self._y[0])
        down = np.clip((1 - up) * (rows - 1), 0, rows - 1)
        for index in range(len(points)):
            before = max(0, index - 1)
            length = int(max(abs(across[index] - across[before]), abs(down[index] - down[before])))
            for share in np.linspace(0, 1, length + 1):
                row = round(float(down[before] + share * (down[index] - down[before])))
                column = round(float(across[before] + share * (across[index] - across[before])))
                self._dots[row, column] = True
        if letter:
            cells = [(int(d) // 4, int(a) // 2) for d, a in zip(down, across, strict=True)]
            free = [cell for cell in cells if cell not in self._letters]
            self._letters[(free or cells)[-1]] = letter

    def rows(self) -> list[str]:
        """Return the grid as lines of characters."""
        grid = self._dots.reshape(self._dots.shape[0] // 4, 4, -1, 2).transpose(0, 2, 1, 3)
        codes = BLANK + (grid * np.array(DOTS)).sum(axis=(2, 3))
        return [
            "".join(
                self._letters.get((row, column), chr(int(code)) if code > BLANK else " ")
                for column, code in enumerate(line)
            )
            for row, line in enumerate(codes)
        ]
