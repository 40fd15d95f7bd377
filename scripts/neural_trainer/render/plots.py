"""Curves as a picture: losses, learning rate and gradient norm, with what was seen marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neural_trainer.errors import NeuralTrainerError
from neural_trainer.render.curves_text import chosen
from neural_trainer.render.report_text import printable
from neural_trainer.runs.names import better
from neural_trainer.runs.run import Run, Series
from neural_trainer.signals.course import blocks, smooth
from neural_trainer.signals.phases import phases
from neural_trainer.signals.reduce import envelope
from neural_trainer.symptoms import SYMPTOMS, Finding

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INCHES, DPI = (12.0, 8.0), 100  # 1200 x 800 pixels
POINTS = 2400  # of one curve: two to a column of pixels
DRAWABLE = 1e30  # what is larger is shown as lost, like NaN: no axis could show the rest beside it
COLOURS = ("#1f5fa8", "#d1661a", "#2b8a3e", "#8a4fb0", "#b5322f", "#4d8f96", "#7a6a2b", "#666666")
ALARM = "#b5322f"
PANELS = (("loss", "eval/loss"), ("reward", "eval/reward"), ("accuracy", "eval/accuracy"),
          ("lr",), ("grad_norm",))  # fmt: skip
MOST_PANELS = 4
MOST_CHOSEN = 12
MOST_PHASES = 12


@dataclass(frozen=True)
class View:
    """What of the runs to draw: patterns of signals, as in a shell, each signal a panel; axes."""

    signals: tuple[str, ...] = ()
    log_x: bool = False
    log_y: bool = False


def plot(
    runs: Sequence[Run], findings: Sequence[Finding], out: Path, view: View | None = None
) -> Path:
    """Write the curves of `runs`, overlaid, to `out` (.png or .svg) and return it.

    findings: what was seen in the only run; marked where it begins. Raises NeuralTrainerError for
    another ending, or where no run has a curve.
    """
    view = view if view is not None else View()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    if out.suffix.lower() not in (".png", ".svg"):
        raise NeuralTrainerError(f"{out} ends in {out.suffix or 'nothing'}; expected .png or .svg")
    panels = _chosen(runs, view.signals) if view.signals else _panels(runs)
    figure = Figure(figsize=INCHES, dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    heights = [2.2 if index == 0 else 1.0 for index in range(len(panels))]
    axes = figure.subplots(len(panels), 1, sharex=True, squeeze=False, height_ratios=heights)[:, 0]
    for ax, names in zip(axes, panels, strict=True):
        _draw_panel(ax, runs, names, view.log_y)
    if view.log_x:
        axes[-1].set_xscale("symlog", linthresh=1)
    if len(runs) == 1:
        _mark_phases(list(axes), runs[0].get("lr"))
    _mark(list(axes), findings)
    axes[-1].set_xlabel(" / ".join(sorted({run.axis for run in runs})))
    figure.suptitle(", ".join(printable(run.name) for run in runs)[:110], fontsize=13)
    out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(out)
    return out


def _panels(runs: Sequence[Run]) -> list[tuple[str, ...]]:
    """Return the names that each panel shows, for the panels that have something to show."""

    def logged(name: str) -> bool:
        return any(run.get(name) is not None for run in runs)

    panels = [kept for names in PANELS if (kept := tuple(name for name in names if logged(name)))]
    if not panels or panels[0][0] not in ("loss", "eval/loss"):
        terms = sorted({name for run in runs for name, _ in run.under("loss/")})[:4]
        held_out = tuple(f"eval/{name}" for name in terms if logged(f"eval/{name}"))
        panels = ([(*terms, *held_out)] if terms else []) + panels
    if not panels:
        names = sorted({name for run in runs for name in run.signals if run.get(name) is not None})
        panels = [(name,) for name in names if better(name)] or [(name,) for name in names]
    if not panels:
        raise NeuralTrainerError("no run has a curve to draw; expected at least one signal")
    return panels[:MOST_PANELS]


def _chosen(runs: Sequence[Run], patterns: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the signals that match the patterns, a panel each, a held-out twin beside its own."""
    names = [name for run in runs for name in chosen(run, list(patterns), may_lack=True)]
    if not names:
        asked = ", ".join(patterns)
        raise NeuralTrainerError(f"no run has a signal {asked}; neural-trainer curves lists them")
    bases = dict.fromkeys(name.removeprefix("eval/") for name in names)
    panels = [tuple(n for n in (base, f"eval/{base}") if n in names) for base in bases]
    if len(panels) > MOST_CHOSEN:
        raise NeuralTrainerError(
            f"{len(panels)} signals match; at most {MOST_CHOSEN} fit a picture"
        )
    return panels


def _draw_panel(ax: Axes, runs: Sequence[Run], names: tuple[str, ...], log_y: bool) -> None:
    """Draw the signals `names`: a colour a signal for one run, a colour a run for several."""
    drawn: list[Any] = []
    terms = list(dict.fromkeys(name.removeprefix("eval/") for name in names))
    for place, run in enumerate(runs):
        for index, name in enumerate(names):
            series = run.get(name)
            if series is None:
                continue
            label = name if len(runs) == 1 else printable(run.name)[:30]
            if len(runs) > 1 and len(names) > 1:
                label += f" {name}"
            number = place
            if len(runs) == 1:  # a term and its held-out twin share a colour where there are many
                number = index if len(terms) == 1 else terms.index(name.removeprefix("eval/"))
            _draw_curve(ax, name, series, label, COLOURS[number % len(COLOURS)])
            drawn.append(series.value[np.abs(series.value) < DRAWABLE])
    values = np.concatenate(drawn)
    if _spans_decades(values) or (log_y and len(values) and values.min() > 0):
        ax.set_yscale("log")
    ax.grid(True, color="#e3e3e3", linewidth=0.6)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    ax.set_ylabel(terms[0] if len(terms) == 1 else terms[0].partition("/")[0])
    if len(names) > 1 or len(runs) > 1:
        ax.legend(loc="best", fontsize=9, framealpha=0.8, edgecolor="none", ncols=2)


def _draw_curve(ax: Axes, name: str, series: Series, label: str, colour: str) -> None:
    """Draw the raw curve, every extreme kept, and its smoothed course where it has noise."""
    drawable = np.abs(series.value) < DRAWABLE
    finite = series.where(drawable)
    if name.startswith("eval/"):
        ax.plot(finite.step, finite.value, color=colour, linewidth=1.4, linestyle="--", label=label,
                marker="o" if len(finite) <= 60 else None, markersize=4)  # fmt: skip
    elif len(finite) < 100 or name == "lr":
        exact = envelope(finite, POINTS)
        ax.plot(exact.step, exact.value, color=colour, linewidth=1.6, label=label)
    else:
        raw = envelope(finite, POINTS)
        ax.plot(raw.step, raw.value, color=colour, linewidth=0.7, alpha=0.35)
        course = blocks(finite, 200)
        ax.plot(course.step, smooth(course.value, 5), color=colour, linewidth=1.8, label=label)
    lost = series.where(~drawable)
    if len(lost):
        ax.axvspan(float(lost.step[0]), float(lost.step[-1]), color=ALARM, alpha=0.08)


def _spans_decades(value: np.ndarray[Any, Any]) -> bool:
    """Tell whether positive values reach so far that a linear axis would hide the small ones."""
    if len(value) == 0 or value.min() <= 0:
        return False
    low, high = np.percentile(value, (2, 100))
    return bool(high > 50 * low)


def _mark_phases(axes: Sequence[Axes], lr: Series | None) -> None:
    """Mark where the learning rate stops rising, holding or falling."""
    found = phases(lr) if lr is not None else []
    for phase in found[1:MOST_PHASES]:
        for ax in axes:
            ax.axvline(phase.start, color="#888888", linewidth=0.8, linestyle=":")
        axes[-1].annotate(
            f"lr {phase.kind}", (phase.start, 0.02), xycoords=axes[-1].get_xaxis_transform(),
            xytext=(3, 0), textcoords="offset points", color="#777777", fontsize=8,
        )  # fmt: skip


def _mark(axes: Sequence[Axes], findings: Sequence[Finding]) -> None:
    marked = sorted((f for f in findings if SYMPTOMS[f.symptom].ALARM), key=lambda f: f.step)
    for row, finding in enumerate(marked):
        for ax in axes:
            ax.axvline(finding.step, color=ALARM, linewidth=1.0, linestyle=(0, (4, 3)))
        axes[0].annotate(
            finding.symptom, (finding.step, 0.97 - 0.07 * (row % 5)),
            xycoords=axes[0].get_xaxis_transform(), xytext=(5, 0), textcoords="offset points",
            color=ALARM, fontsize=10, va="top",
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1},
        )  # fmt: skip
