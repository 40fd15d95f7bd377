"""Curves as a picture: losses, learning rate and gradient norm, with what was seen marked."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from itertools import chain, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neural_trainer.errors import NeuralTrainerError
from neural_trainer.render.drawable import Indices, drawable, rounded
from neural_trainer.render.panels import MOST, Panel, View, has_any, panels
from neural_trainer.runs.plain_text import shown_name
from neural_trainer.runs.run import Array, Run, Series
from neural_trainer.signals.course import blocks, smooth
from neural_trainer.signals.phases import phases
from neural_trainer.signals.reduce import envelope
from neural_trainer.symptoms import SYMPTOMS, Finding

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INCHES, DPI = (12.0, 8.0), 100  # 1200 x 800 pixels
POINTS = 2400  # of one curve: two to a column of pixels
COLOURS = ("#1f5fa8", "#d1661a", "#2b8a3e", "#8a4fb0", "#b5322f", "#4d8f96", "#7a6a2b", "#666666",
           "#d6478f", "#3fa7e0", "#c79a00", "#1b2a41")  # fmt: skip
ALARM = "#b5322f"
FEW = 60  # points, each of which is marked
BARE = 100  # points below which a curve is drawn as it is, without a course
MOST_STRETCHES = 100  # of lost values, shaded one by one
LOST = "not finite"
MOST_PHASES = 12
PANEL = 1.6  # inches that each panel beyond the first MOST adds
NAMES_A_ROW = 4
UPRIGHT = 14  # signs of a name that fit beside the lowest panel
SAMPLE = 20_000  # values that the axis is chosen by
MOST_MARKED = 12  # runs of which the alarms are marked
MOST_NAMED = 12  # runs in the legend


def plot(
    runs: Sequence[Run],
    findings: Sequence[Sequence[Finding]],
    out: Path,
    view: View | None = None,
) -> Path:
    """Write the curves of `runs`, overlaid, to `out` (.png or .svg) and return it.

    Runs without any of the signals are left out. findings: what was seen in each run, of which the
    alarms are marked where they begin. Raises NeuralTrainerError for another ending, where no run
    has a curve, or where `out` cannot be written.
    """
    view = view if view is not None else View()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    png = out.suffix.lower() == ".png"
    if not png and out.suffix.lower() != ".svg":
        raise NeuralTrainerError(f"{out} ends in {out.suffix or 'nothing'}; expected .png or .svg")
    shown = panels(runs, view.signals)
    drawn = [has_any(run, shown) for run in runs]
    findings = [found for found, has in zip(findings, drawn, strict=False) if has]
    runs = [run for run, has in zip(runs, drawn, strict=True) if has]
    hues = _hues(len(runs))
    named = _legend(runs, shown, hues) if len(runs) > 1 else []
    width, height = INCHES
    figure = Figure(figsize=(width, height + PANEL * max(0, len(shown) - MOST)), dpi=DPI)
    FigureCanvasAgg(figure)
    axes = _axes(figure, len(shown), -(-len(named) // NAMES_A_ROW))
    for ax, names in zip(axes, shown, strict=True):
        _draw_panel(ax, runs, names, hues, view)
    if view.log_x:
        axes[-1].set_xscale("symlog", linthresh=1)
    if len(runs) == 1:
        _mark_phases(list(axes), runs[0].get("lr"))
    _mark(list(axes), findings, hues if len(runs) > 1 else [ALARM])
    axes[-1].set_xlabel(" / ".join(sorted({run.axis for run in runs})))
    if named:
        title = f"{MOST_NAMED} of {len(runs)}, in order from dark to light"
        figure.legend(
            handles=named, loc="lower center", ncols=min(len(named), NAMES_A_ROW), fontsize=9,
            frameon=False, title=title if len(runs) > MOST_NAMED else None, title_fontsize=9,
        )  # fmt: skip
    title = _plain(runs[0].name, 110) if len(runs) == 1 else f"{len(runs)} runs"
    figure.suptitle(title, fontsize=13, y=1 - 0.12 / figure.get_figheight(), va="top")
    # Packing more tightly takes longer than drawing and saves a quarter of the bytes.
    options: dict[str, Any] = {"pil_kwargs": {"compress_level": 1}} if png else {}
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with warnings.catch_warnings():  # a name may hold signs that the font lacks
            warnings.filterwarnings("ignore", message="Glyph")
            figure.savefig(out, **options)
    except OSError as error:
        raise NeuralTrainerError(f"{out} cannot be written: {error.strerror or error}") from error
    return out


def _axes(figure: Figure, count: int, num_rows: int) -> list[Axes]:
    """Return the axes of panels one below the other, the first twice as high.

    num_rows: of names below them. Margins are fixed, as wide as the longest numbers: a layout that
    measures every text first takes as long as drawing.
    """
    width, height = figure.get_size_inches()
    below = 0.55 + (0.35 + 0.2 * num_rows if num_rows else 0)
    top, bottom = 1 - 0.45 / height, below / height
    ratios = [2.2, *[1.0] * (count - 1)]
    gap = 0.3 / ((top - bottom) * height / count)
    axes = figure.subplots(
        count, 1, sharex=True, squeeze=False,
        gridspec_kw={"left": 1.05 / width, "right": 1 - 0.2 / width, "top": top, "bottom": bottom,
                     "hspace": gap, "height_ratios": ratios},
    )  # fmt: skip
    return list(axes[:, 0])


def _hues(count: int) -> list[Any]:
    """Return a colour a run: distinct ones for a few, from dark to light for many."""
    if count <= len(COLOURS):
        return list(COLOURS[:count])
    from matplotlib import colormaps

    return list(colormaps["viridis"](np.linspace(0, 0.92, count)))


def _plain(text: str, most: int) -> str:
    """Return a name from a log as matplotlib shows it as it stands: no formula, never left out."""
    shown = shown_name(text, most).replace("$", r"\$")
    return f" {shown}" if shown.startswith("_") else shown


def _draw_panel(
    ax: Axes, runs: Sequence[Run], names: Panel, hues: Sequence[Any], view: View
) -> None:
    """Draw the signals `names`: a colour a term for one run, a colour a run for several."""
    terms = list(dict.fromkeys(name.removeprefix("eval/") for name in names))
    drawn: list[Array] = []
    alone = sum(any(run.get(name) is not None for name in names) for run in runs) == 1
    for run, hue in zip(runs, hues, strict=True):
        for index, name in enumerate(names):
            series = run.get(name)
            if series is None:
                continue
            colour = hue
            if len(runs) == 1 or (alone and len(terms) > 1):
                # A term and its held-out twin share a colour where there are several terms.
                at = index if len(terms) == 1 else terms.index(name.removeprefix("eval/"))
                colour = COLOURS[at % len(COLOURS)]
            _draw_curve(ax, name, series, colour, len(runs), view.log_x)
            drawn.append(_sample(drawable(series)[0].value))
    _scale(ax, np.concatenate(drawn), view.log_y)
    ax.grid(True, color="#e3e3e3", linewidth=0.6)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    told = names[0] if len(names) == 1 else terms[0]
    told = told if len(terms) == 1 else terms[0].partition("/")[0]
    if len(told) <= UPRIGHT:
        ax.set_ylabel(_plain(told, UPRIGHT))
    else:
        ax.set_title(_plain(told, 80), loc="left", fontsize=9, pad=3)
    if len(names) > 1 and (len(runs) == 1 or len(terms) > 1):
        ax.legend(loc="best", fontsize=9, framealpha=0.8, edgecolor="none", ncols=2)


def _draw_curve(
    ax: Axes, name: str, series: Series, colour: Any, num_runs: int, log_x: bool
) -> None:
    """Draw the raw curve, every extreme kept, and its smoothed course where it has noise."""
    finite, gaps = drawable(series)
    thin = 1.0 if num_runs <= len(COLOURS) else 0.5
    label = _plain(name, 40)
    breaks = series.step[gaps[:, 0]] if len(gaps) <= MOST_STRETCHES else np.zeros(0)
    if name.startswith("eval/"):
        marked = len(finite) <= FEW and num_runs <= len(COLOURS)
        exact = _broken(envelope(finite, POINTS), breaks)
        ax.plot(*exact, color=colour, linewidth=1.4 * thin, linestyle="--", label=label,
                marker="o" if marked else None, markersize=4)  # fmt: skip
    elif len(finite) < BARE or name == "lr":
        alone = len(finite) == 1 or (len(gaps) > 0 and len(finite) <= FEW)
        exact = _broken(envelope(finite, POINTS), breaks)
        ax.plot(*exact, color=colour, linewidth=1.6 * thin, label=label,
                marker="o" if alone else None, markersize=4)  # fmt: skip
    else:
        raw = _broken(envelope(finite, POINTS), breaks)
        ax.plot(*raw, color=colour, linewidth=0.7 * thin, alpha=0.35)
        course = _log_blocks(finite, 200) if log_x else blocks(finite, 200)
        level = Series(course.step, rounded(smooth(course.value, 5)))
        ax.plot(*_broken(level, breaks), color=colour, linewidth=1.8 * thin, label=label)
    if num_runs == 1:
        _shade(ax, series.step, gaps)
    else:  # a cross on the curve's last value: shades of many runs would hide the others
        last = gaps[:MOST_STRETCHES, 0] - 1
        last = last[last >= 0]
        ax.plot(series.step[last], series.value[last], "x", color=colour, markersize=7)


def _log_blocks(series: Series, count: int) -> Series:
    """Return the middle step and the median value of blocks that grow with the steps before."""
    edges = np.unique(np.geomspace(1, len(series), count).astype(np.int64))
    edges = np.concatenate([[0], edges])
    middle = (edges[:-1] + edges[1:] - 1) // 2
    value = [np.median(series.value[start:stop]) for start, stop in pairwise(edges)]
    return Series(series.step[middle], np.array(value))


def _sample(value: Array) -> Array:
    """Return both extremes of `value` and enough between them to tell how it is spread."""
    if len(value) <= SAMPLE:
        return value
    return np.concatenate([value[:: len(value) // SAMPLE], [value.min(), value.max()]])


def _broken(points: Series, at: Array) -> tuple[Array, Array]:
    """Return steps and values of a line that is broken at the steps `at`."""
    if not len(at):
        return points.step, points.value
    step = np.concatenate([points.step, at])
    value = np.concatenate([points.value, np.full(len(at), np.nan)])
    order = np.argsort(step, kind="stable")
    return step[order], value[order]


def _shade(ax: Axes, step: Array, gaps: Indices) -> None:
    """Shade where values were lost: NaN, infinite or larger than can be drawn."""
    if not len(gaps):
        return
    spans = gaps if len(gaps) <= MOST_STRETCHES else np.array([[gaps[0, 0], gaps[-1, 1]]])
    for first, last in step[spans]:
        ax.axvspan(first, last, facecolor=ALARM, alpha=0.1, linewidth=0)
        ax.axvline(first, color=ALARM, alpha=0.3, linewidth=0.8)  # one lost value has no width
    if not any(text.get_text() == LOST for text in ax.texts):
        ax.annotate(
            LOST, (float(step[gaps[0, 0]]), 0.02), xycoords=ax.get_xaxis_transform(),
            xytext=(3, 0), textcoords="offset points", color=ALARM, fontsize=8,
        )  # fmt: skip


def _scale(ax: Axes, value: Array, log_y: bool) -> None:
    """Choose the axis on which `value`, all that is drawn, can be seen."""
    if not len(value):
        ax.text(0.5, 0.5, "no finite value", transform=ax.transAxes, ha="center", va="center",
                color="#777777")  # fmt: skip
        ax.set_yticks([])
        return
    if value.min() > 0:
        # What lies so far apart that a linear axis would hide the small ones.
        if log_y or value.max() > 50 * np.percentile(value, 2):
            ax.set_yscale("log")
        return
    size = np.abs(value)
    usual = float(np.percentile(size, 90))
    if log_y and size.max() > 0:
        # Linear about zero, where a logarithm has no place, up to the smaller values.
        least = float(np.percentile(size[size > 0], 5))
        ax.set_yscale("symlog", linthresh=max(least, 1e-8 * float(size.max())))
    elif usual > 0 and size.max() > 1000 * usual:
        ax.set_yscale("symlog", linthresh=usual)


def _mark_phases(axes: Sequence[Axes], lr: Series | None) -> None:
    """Mark where the learning rate stops rising, holding or falling."""
    found = phases(lr) if lr is not None else []
    if len(found) > MOST_PHASES:
        found = []  # a cycle or noise: its panel shows it better than lines across all of them
    told = float("-inf")
    for phase in found[1:]:
        for ax in axes:
            ax.axvline(phase.start, color="#888888", linewidth=0.8, linestyle=":")
        place = _place(axes[-1], phase.start)
        if place - told < 0.06:
            continue
        told = place
        axes[-1].annotate(
            f"lr {phase.kind}", (phase.start, 0.02), xycoords=axes[-1].get_xaxis_transform(),
            xytext=(3 if place < 0.9 else -3, 0), textcoords="offset points",
            ha="left" if place < 0.9 else "right", color="#777777", fontsize=8,
        )  # fmt: skip


def _place(ax: Axes, step: float) -> float:
    """Return where a step lies between the left and the right end of the axis, 0 to 1."""
    pixel = ax.transData.transform((step, ax.get_ylim()[0]))
    return float(ax.transAxes.inverted().transform(pixel)[0])


def _mark(
    axes: Sequence[Axes], findings: Sequence[Sequence[Finding]], colours: Sequence[Any]
) -> None:
    """Mark where each alarm begins, in the colour of its run; those of several on top alone."""
    marked = [
        (finding, colour)
        for found, colour in zip(findings, colours, strict=False)
        for finding in found
        if SYMPTOMS[finding.symptom].ALARM
    ]
    marked.sort(key=lambda pair: pair[0].step)
    for row, (finding, colour) in enumerate(marked):
        for ax in axes if len(colours) == 1 else axes[:1]:
            ax.axvline(finding.step, color=colour, linewidth=1.0, linestyle=(0, (4, 3)))
        left = _place(axes[0], finding.step) < 0.8
        axes[0].annotate(
            finding.symptom, (finding.step, 0.97 - 0.07 * (row % 8)),
            xycoords=axes[0].get_xaxis_transform(), xytext=(5 if left else -5, 0),
            textcoords="offset points", color=colour, fontsize=10, va="top",
            ha="left" if left else "right",
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1},
        )  # fmt: skip


def _legend(runs: Sequence[Run], shown: Sequence[Panel], hues: Sequence[Any]) -> list[Any]:
    """Return what names the runs, and how held-out curves and lost values look."""
    from matplotlib.lines import Line2D

    named = range(len(runs))
    if len(runs) > MOST_NAMED:
        named = np.unique(np.linspace(0, len(runs) - 1, MOST_NAMED).astype(int)).tolist()
    handles = [Line2D([], [], color=hues[n], label=_plain(runs[n].name, 36)) for n in named]
    kinds = {name.startswith("eval/") for names in shown for name in names}
    if len(kinds) > 1:
        handles.append(Line2D([], [], color="#444444", label="training"))
        handles.append(Line2D([], [], color="#444444", linestyle="--", label="held out"))
    series = [s for run in runs for name in chain(*shown) if (s := run.get(name)) is not None]
    if not all(np.isfinite(s.value).all() for s in series):
        handles.append(Line2D([], [], color="#444444", marker="x", linestyle="", label=LOST))
    return handles
