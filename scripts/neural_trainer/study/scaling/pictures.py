"""An analysis as a picture: losses with the law through them, and what is left over."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from neural_trainer.errors import NeuralTrainerError
from neural_trainer.runs.plain_text import shown_name
from neural_trainer.runs.run import Array
from neural_trainer.study.scaling.analysis import Analysis, FittedLaw
from neural_trainer.study.scaling.power_line import PowerLine

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INCHES, DPI = (12.0, 5.0), 100
POINT, LAW, BAND = "#1f5fa8", "#b5322f", "#e8c4c2"
FINE = 100
LABELS = {
    "compute": "compute (FLOP)",
    "params": "parameters",
    "tokens": "tokens",
    "lr": "learning rate",
    "batch": "batch",
}


def draw(analysis: Analysis, out: Path) -> Path:
    """Write the picture to `out` (.png or .svg) and return it.

    Raises NeuralTrainerError for another ending, or where it cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    if out.suffix.lower() not in (".png", ".svg"):
        raise NeuralTrainerError(f"{out} ends in {out.suffix or 'nothing'}; expected .png or .svg")
    figure = Figure(figsize=INCHES, dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    if analysis.grids:
        _grids(left, right, analysis)
    elif analysis.isoflop is not None or analysis.envelope is not None:
        _curves(left, analysis)
        _line(right, analysis)
    elif analysis.law is not None:
        _losses(left, analysis, analysis.law)
        _residuals(right, analysis, analysis.law)
    title = shown_name(analysis.label or analysis.points.source)
    figure.suptitle(title, parse_math=False)
    try:
        figure.savefig(out)
    except OSError as error:
        raise NeuralTrainerError(f"{out}: {error.strerror or error}") from error
    return out


def axis_of(analysis: Analysis) -> str:
    """Return the column that residuals are drawn over."""
    columns = analysis.points.columns
    return next(name for name in ("compute", "params", "tokens") if name in columns)


def _log(ax: Axes, x: str, y: str, log_y: bool = True) -> None:
    ax.set_xscale("log")
    if log_y:
        ax.set_yscale("log")
    ax.set_xlabel(x)
    ax.set_ylabel(y)
    ax.grid(alpha=0.3)


def _losses(ax: Axes, analysis: Analysis, law: FittedLaw) -> None:
    """Draw losses measured against losses predicted; on the diagonal the law is right."""
    loss = analysis.points.loss
    predicted = loss / np.exp(law.fit.residual)
    ends = [min(loss.min(), predicted.min()), max(loss.max(), predicted.max())]
    ax.plot(ends, ends, color=LAW, lw=1)
    ax.scatter(predicted, loss, s=12, color=POINT, alpha=0.6)
    ax.set_xlabel("loss by the law")
    ax.set_ylabel("loss measured")
    ax.grid(alpha=0.3)
    ax.set_title(law.fit.law.formula, fontsize=10)


def _residuals(ax: Axes, analysis: Analysis, law: FittedLaw) -> None:
    name = axis_of(analysis)
    ax.axhline(0, color=LAW, lw=1)
    ax.scatter(analysis.points.columns[name], law.fit.residual, s=12, color=POINT, alpha=0.6)
    _log(ax, LABELS[name], "log of loss over prediction", log_y=False)


def _curves(ax: Axes, analysis: Analysis) -> None:
    columns = analysis.points.columns
    if analysis.isoflop is not None:
        for optimum in analysis.isoflop.optima:
            near = np.abs(np.log(columns["compute"] / optimum.compute)) < 0.1
            order = np.argsort(columns["params"][near])
            ax.plot(columns["params"][near][order], columns["loss"][near][order], ".-", lw=0.8)
            ax.plot(optimum.params.value, optimum.loss, "x" if optimum.edge else "*", color=LAW)
        _log(ax, LABELS["params"], "loss")
        return
    assert analysis.envelope is not None
    groups = columns["params"] if analysis.points.run is None else analysis.points.groups
    for group in np.unique(groups):
        own = np.flatnonzero(groups == group)
        own = own[np.argsort(columns["compute"][own])]
        ax.plot(columns["compute"][own], columns["loss"][own], lw=0.8)
    best = [(model.compute, model.loss) for model in analysis.envelope.models]
    ax.plot(*np.array(best).T, "*", color=LAW)
    _log(ax, LABELS["compute"], "loss")


def line_of(analysis: Analysis) -> tuple[PowerLine, Array]:
    """Return the line of optimal sizes, and the optima, (n, 2), that it goes through."""
    if analysis.isoflop is not None:
        kept = [o for o in analysis.isoflop.optima if not o.edge]
        at = np.array([(o.compute, o.params.value) for o in kept])
        return analysis.isoflop.params, at
    assert analysis.envelope is not None
    at = np.array([(m.compute, m.params) for m in analysis.envelope.models[1:-1]])
    return analysis.envelope.params, at


def _line(ax: Axes, analysis: Analysis) -> None:
    """Draw the optimal size against compute, with the line and its interval."""
    found, at = line_of(analysis)
    budgets = [plan.demand.flops for plan in analysis.plans]
    fine = np.geomspace(min([*at[:, 0], *budgets]), max([*at[:, 0], *budgets]), FINE)
    told = [found.at(float(x)) for x in fine]
    if all(np.isfinite(value.high) for value in told):
        ax.fill_between(fine, [v.low for v in told], [v.high for v in told], color=BAND)
    ax.plot(fine, [value.value for value in told], color=LAW, lw=1)
    ax.plot(at[:, 0], at[:, 1], "o", color=POINT)
    _log(ax, LABELS["compute"], "optimal parameters")
    ax.set_title(f"exponent {found.exponent.value:.3f}", fontsize=10)


def _grids(left: Axes, right: Axes, analysis: Analysis) -> None:
    for ax, kind in ((left, "lr"), (right, "batch")):
        known = [(g.tokens, g.lr if kind == "lr" else g.batch) for g in analysis.grids]
        for tokens, value in known:
            low, high = value.low if value.low > 0 else value.value, value.high
            high = high if np.isfinite(high) else value.value
            ax.plot([tokens, tokens], [low, high], color=BAND, lw=3)
            ax.plot(tokens, value.value, "o", color=POINT)
        _log(ax, LABELS["tokens"], f"optimal {LABELS[kind]}")
