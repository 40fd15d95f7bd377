"""A sweep as a picture: parallel coordinates above, below a slice through each setting."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neural_trainer.errors import NeuralTrainerError
from neural_trainer.runs.plain_text import shown_name
from neural_trainer.study.sweep.report import Report, Row
from neural_trainer.study.sweep.space import Parameter

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INCHES, DPI = (12.0, 8.0), 100
BEST, POINT = "#b5322f", "#1f5fa8"
MOST_SLICES = 8  # side by side; a ninth could not be read


def draw(report: Report, out: Path) -> Path:
    """Write the picture to `out` (.png or .svg) and return it.

    Raises NeuralTrainerError for another ending, or where there is nothing to draw.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    if out.suffix.lower() not in (".png", ".svg"):
        raise NeuralTrainerError(f"{out} ends in {out.suffix or 'nothing'}; expected .png or .svg")
    rows = [row for row in report.rows if row.value is not None]
    space = [p for p in report.sweep.space if any(p.name in row.settings for row in rows)]
    if not rows or not space:
        raise NeuralTrainerError(f"{report.sweep.name}: no trial came to its end; nothing to draw")
    figure = Figure(figsize=INCHES, dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    slices = space[:MOST_SLICES]
    grid = figure.add_gridspec(2, len(slices))
    _parallel(figure.add_subplot(grid[0, :]), report, rows, space)
    axes: list[Axes] = []
    for column, parameter in enumerate(slices):
        shared = axes[0] if axes else None
        axes.append(figure.add_subplot(grid[1, column], sharey=shared))
        _slice(axes[-1], report, rows, parameter)
    axes[0].set_ylabel(shown_name(report.sweep.objective.signal), parse_math=False)
    figure.suptitle(shown_name(report.sweep.name), parse_math=False)
    try:
        figure.savefig(out)
    except OSError as error:
        raise NeuralTrainerError(f"{out}: {error.strerror or error}") from error
    return out


def place(parameter: Parameter, value: Any) -> float:
    """Return where a value lies between the ends of its setting, 0 to 1."""
    if parameter.kind == "categorical":
        return parameter.choices.index(value) / max(1, len(parameter.choices) - 1)
    low, high, at = float(parameter.low), float(parameter.high), float(value)
    if parameter.log:
        low, high, at = np.log(low), np.log(high), np.log(at)
    return float((at - low) / (high - low)) if high > low else 0.5


def _parallel(axis: Axes, report: Report, rows: Sequence[Row], space: Sequence[Parameter]) -> None:
    """Draw a line a trial through all settings to its value; the better the darker."""
    values = np.array([row.value for row in rows], dtype=float)
    spread = float(np.ptp(values)) or 1.0
    good = (values.max() - values) if report.sweep.objective.low else (values - values.min())
    names = [*(p.name for p in space), report.sweep.objective.signal]
    order = np.argsort(good)
    for index in order.tolist():
        row, share = rows[index], float(good[index]) / spread
        at = [place(p, row.settings[p.name]) if p.name in row.settings else np.nan for p in space]
        height = float(values[index] - values.min()) / spread
        is_best = report.best is not None and row.number == report.best.number
        axis.plot(
            range(len(names)), [*at, height], color=BEST if is_best else POINT,
            alpha=0.1 + 0.7 * share if not is_best else 1.0, linewidth=2.0 if is_best else 1.0,
        )  # fmt: skip
    axis.set_xticks(range(len(names)), [shown_name(name, 24) for name in names])
    axis.set_yticks([])
    for index, p in enumerate(space):
        first, last = (p.choices[0], p.choices[-1]) if p.choices else (p.low, p.high)
        axis.axvline(index, color="0.8", linewidth=0.8, zorder=0)
        axis.text(index, -0.06, _shown(first), ha="center", fontsize=8, parse_math=False)
        axis.text(index, 1.03, _shown(last), ha="center", fontsize=8, parse_math=False)
    axis.text(len(space), -0.06, f"{values.min():.4g}", ha="center", fontsize=8)
    axis.text(len(space), 1.03, f"{values.max():.4g}", ha="center", fontsize=8)
    axis.set_ylim(-0.1, 1.1)


def _slice(axis: Axes, report: Report, rows: Sequence[Row], parameter: Parameter) -> None:
    """Draw the values over one setting, whatever the others were."""
    here = [row for row in rows if parameter.name in row.settings]
    if parameter.kind == "categorical":
        at: list[Any] = [parameter.choices.index(row.settings[parameter.name]) for row in here]
        axis.set_xticks(range(len(parameter.choices)), [_shown(c) for c in parameter.choices])
    else:
        at = [row.settings[parameter.name] for row in here]
        if parameter.log:
            axis.set_xscale("log")
    values = [row.value for row in here]
    colours = [
        BEST if report.best is not None and row.number == report.best.number else POINT
        for row in here
    ]
    axis.scatter(at, values, s=18, c=colours)  # type: ignore[arg-type]
    axis.set_xlabel(shown_name(parameter.name, 24), parse_math=False)


def _shown(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else shown_name(str(value), 16)
