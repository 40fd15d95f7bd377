"""Layers as a picture: gradient norm and update ratio by layer and step, and profiles by depth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neural_trainer.errors import NeuralTrainerError
from neural_trainer.render.layer_rows import marks, of_layers
from neural_trainer.runs.layers import Layers
from neural_trainer.runs.plain_text import shown_name
from neural_trainer.runs.run import Array, Run
from neural_trainer.signals.levels import decades, over_time
from neural_trainer.symptoms import Findings

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INCHES, DPI = (12.0, 10.0), 100
COLUMNS = 240  # of a heat map: stretches of the run
POINTS = 120  # of a profile
NAMED = 28  # layers with their name at the axis
COMPARED = ("linear", "conv", "recurrent", "attention", "lora", "head", "embedding")
TIMES = (("first fifth", "#9ec5e8"), ("middle", "#3f7fbf"), ("last fifth", "#0b2c56"))
ALARM = "#b5322f"


def plot(run: Run, layers: Layers, findings: Findings, out: Path) -> Path:
    """Write heat maps and profiles of `layers` to `out` (.png or .svg) and return it.

    Norms and biases are left out where there are matrices. Raises NeuralTrainerError for another
    ending, or where nothing was measured.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    if out.suffix.lower() not in (".png", ".svg"):
        raise NeuralTrainerError(f"{out} ends in {out.suffix or 'nothing'}; expected .png or .svg")
    columns = _drawn(layers)
    names = [layers.parameters[i].name for i in columns]
    norm = decades(layers.gradients["grad_norm"][:, columns])
    ratio = decades(layers.gradients["update_ratio"][:, columns])
    marked = set(marks(of_layers(findings).found))
    figure = Figure(figsize=INCHES, dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(2, 2, height_ratios=(1.5, 1.0))
    left, right = figure.add_subplot(grid[0, 0]), figure.add_subplot(grid[0, 1])
    _heat(left, layers.step, norm, names, marked, "log10 gradient norm (grey: zero or none)")
    _heat(right, layers.step, ratio, [], marked, "log10 update / weight (grey: zero or none)")
    for ax in (left, right):
        ax.set_xlabel(run.axis)
    for ax, table, what in (
        (figure.add_subplot(grid[1, 0]), norm, "gradient norm"),
        (figure.add_subplot(grid[1, 1]), ratio, "update / weight"),
    ):
        _profile(ax, table, [name in marked for name in names], what)
    figure.suptitle(
        f"{shown_name(run.name, 80)}: {len(columns)} of {len(layers.parameters)} tensors",
        fontsize=13, parse_math=False,
    )  # fmt: skip
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(out)
    except OSError as error:
        raise NeuralTrainerError(f"{out} cannot be written: {error.strerror}") from error
    return out


def _drawn(layers: Layers) -> list[int]:
    """Return the columns to draw: the matrices that have a gradient, or all that has one."""
    has = np.any(~np.isnan(layers.gradients["grad_norm"]), axis=0)
    alive = np.flatnonzero(has).tolist()
    if not alive:
        raise NeuralTrainerError("no layer has a gradient that is finite: there is nothing to draw")
    matrices = [i for i in alive if layers.parameters[i].kind in COMPARED]
    return matrices or alive


def _heat(
    ax: Axes, step: Array, table: Array, names: list[str], marked: set[str], what: str
) -> None:
    """Draw a table, (steps, layers), the first layer at the top; what was not measured is grey."""
    count = min(COLUMNS, len(table))
    shown = over_time(table, count).T
    finite = shown[np.isfinite(shown)]
    low, high = np.percentile(finite, (1, 99)) if len(finite) else (0.0, 1.0)
    middle = (low + high) / 2
    reach = max(high - low, 1.0) / 2  # a decade at least: less is noise
    import matplotlib

    colours = matplotlib.colormaps["viridis"].with_extremes(bad="#d8d8d8")
    edge = float(step[-1]) + (1.0 if step[-1] == step[0] else 0.0)
    image = ax.imshow(
        np.ma.masked_invalid(shown), aspect="auto", interpolation="nearest", cmap=colours,
        extent=(float(step[0]), edge, len(shown) - 0.5, -0.5),
        vmin=middle - reach, vmax=middle + reach,
    )  # fmt: skip
    ax.figure.colorbar(image, ax=ax, pad=0.01, fraction=0.04)
    ax.set_title(what, fontsize=11)
    if not names:
        ax.set_yticks([])
        return
    places = np.unique(np.linspace(0, len(names) - 1, min(NAMED, len(names))).astype(int))
    labels = [shown_name(names[i], 26) for i in places]
    ax.set_yticks(places, labels, fontsize=8, parse_math=False)
    for label, place in zip(ax.get_yticklabels(), places, strict=True):
        if names[place] in marked:
            label.set_color(ALARM)


def _profile(ax: Axes, table: Array, marked: list[bool], what: str) -> None:
    """Draw the level of each layer by depth, in the first, middle and last fifth of the run."""
    from matplotlib.ticker import MaxNLocator

    stretches: Any = over_time(table, 5)[[0, 2, 4]]
    depth = np.arange(table.shape[1], dtype=np.float64)
    if len(depth) > POINTS:  # medians of neighbours: a line through all would be a carpet
        stretches = over_time(stretches.T, POINTS).T
        depth = over_time(depth[:, None], POINTS)[:, 0]
    marker = "o" if len(depth) <= 60 else None
    for (label, colour), level in zip(TIMES, 10**stretches, strict=True):
        ax.plot(depth, level, color=colour, linewidth=1.4, label=label, marker=marker, markersize=3)
    wrong = np.flatnonzero(marked)
    if len(wrong):
        foot = np.full(len(wrong), 0.015)
        ax.plot(wrong, foot, "|", color=ALARM, markersize=7, label="marked in the table",
                transform=ax.get_xaxis_transform())  # fmt: skip
    known = stretches[np.isfinite(stretches)]
    if len(known):
        ax.set_yscale("log")
        spare = max(0.0, 1.0 - float(np.ptp(known))) / 2 + 0.1  # a decade at least
        ax.set_ylim(10 ** (known.min() - spare), 10 ** (known.max() + spare))
    ax.set_xlim(-0.5, table.shape[1] - 0.5)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.grid(True, color="#e3e3e3", linewidth=0.6)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    ax.set_xlabel("layer, input to output")
    ax.set_ylabel(what)
    ax.legend(fontsize=8, framealpha=0.8, edgecolor="none")
