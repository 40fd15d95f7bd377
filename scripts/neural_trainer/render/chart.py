"""A chart of one signal for a terminal, drawn in braille dots."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from neural_trainer.errors import NeuralTrainerError
from neural_trainer.render.curves_text import FIRST, MOST, chosen
from neural_trainer.render.report_text import printable
from neural_trainer.runs.run import Run, Series
from neural_trainer.signals.reduce import envelope

# Bits of a braille character's dots by row and column: Unicode 15, chapter 21.1.
DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
BLANK = 0x2800
LARGEST = 1e300  # beyond it a difference overflows
LABEL = 10  # columns of the axis
DECADES = 30.0  # x from lowest to highest, from which the axis is logarithmic
MARKS = "abcdefghij"  # one a run, where several are drawn


def chart(runs: Sequence[Run], name: str, width: int = 79, height: int = 12) -> str:
    """Return the signal `name` of `runs` as `height` lines of at most `width` columns.

    Runs that did not log it are left out; several are told apart by letters. A value range of over
    DECADES is drawn on a log axis.
    """
    drawn = [(run, series.finite()) for run in runs if (series := run.get(name)) is not None]
    drawn = [(run, series) for run, series in drawn if len(series)]
    if not drawn:
        return f"{name}: no finite value"
    value = np.concatenate([series.value for _, series in drawn])
    low, high = float(value.min()), float(value.max())
    log = low > 0 and high > DECADES * low
    first = min(float(series.step[0]) for _, series in drawn)
    last = max(float(series.step[-1]) for _, series in drawn)
    columns = width - LABEL - 1
    canvas = _Canvas(columns, height, (first, last), _scaled((low, high), log))
    for index, (_, series) in enumerate(drawn):
        canvas.draw(series, log, "" if len(drawn) == 1 else MARKS[index % len(MARKS)])
    lines = [f"{name}" + (" (log)" if log else "")]
    labels = {0: f"{high:.4g}", height - 1: f"{low:.4g}"}
    lines += [f"{labels.get(row, ''):>{LABEL}} {text}" for row, text in enumerate(canvas.rows())]
    left, right = f"{first:.0f}", f"{runs[0].axis} {last:.0f}"
    lines.append(" " * (LABEL + 1) + left + right.rjust(columns - len(left)))
    if len(drawn) > 1:
        names = [
            f"{MARKS[i % len(MARKS)]} {printable(r.name)[:30]}" for i, (r, _) in enumerate(drawn)
        ]
        lines.append(" " * (LABEL + 1) + "  ".join(names)[:columns])
    return "\n".join(line.rstrip() for line in lines)


def charts(runs: Sequence[Run], patterns: Sequence[str]) -> str:
    """Return a chart of each signal that matches `patterns`; of the chief ones without any.

    Raises NeuralTrainerError where no run has one.
    """
    wanted = list(patterns) or [name for name in FIRST if any(run.get(name) for run in runs)]
    names = dict.fromkeys(
        name for run in runs for name in chosen(run, wanted or ["*"], may_lack=True)
    )
    if not names:
        asked = ", ".join(patterns) or "that can be drawn"
        raise NeuralTrainerError(f"no run has a signal {asked}; neural-trainer curves lists them")
    return "\n\n".join(chart(runs, name) for name in list(names)[:MOST])


def _scaled(values: tuple[float, float], log: bool) -> tuple[float, float]:
    low, high = (math.log10(v) if log else min(max(v, -LARGEST), LARGEST) for v in values)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


class _Canvas:
    """Dots in a grid of braille characters, each two dots wide and four high."""

    def __init__(
        self, columns: int, rows: int, x: tuple[float, float], y: tuple[float, float]
    ) -> None:
        self._dots = np.zeros((4 * rows, 2 * columns), dtype=bool)
        self._letters: dict[tuple[int, int], str] = {}
        self._x, self._y = x, y

    def draw(self, series: Series, log: bool, letter: str) -> None:
        """Draw a curve as a line through its points, every extreme kept."""
        rows, columns = self._dots.shape
        points = envelope(series, 2 * columns)
        value = np.log10(points.value) if log else np.clip(points.value, -LARGEST, LARGEST)
        reach = max(self._x[1] - self._x[0], 1e-300)
        across = np.clip((points.step - self._x[0]) / reach * (columns - 1), 0, columns - 1)
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
            self._letters[int(down[-1]) // 4, int(across[-1]) // 2] = letter

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
