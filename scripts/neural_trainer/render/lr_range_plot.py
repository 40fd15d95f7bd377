"""The learning-rate range test as a picture: losses over rising rates, the suggested range."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from neural_trainer.errors import NeuralTrainerError

INCHES, DPI = (8.0, 5.0), 100


def plot(series: Mapping[str, Sequence[float]], numbers: Mapping[str, float], out: Path) -> Path:
    """Write what the check lr-range measured to `out` (.png or .svg) and return it.

    Raises NeuralTrainerError for another ending, or where it cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    if out.suffix.lower() not in (".png", ".svg"):
        raise NeuralTrainerError(f"{out} ends in {out.suffix or 'nothing'}; expected .png or .svg")
    figure = Figure(figsize=INCHES, dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    ax = figure.add_subplot()
    ax.plot(series["lr"], series["loss"], color="#9ec5e8", label="loss")
    ax.plot(series["lr"], series["smoothed"], color="#0b2c56", label="smoothed")
    low, high = numbers["low"], numbers["high"]
    ax.axvspan(low, high, color="#3f7fbf", alpha=0.15, label=f"suggested: {low:.1g} to {high:.1g}")
    if "lr" in numbers and numbers["lr"] > 0:
        ax.axvline(numbers["lr"], color="#b5322f", label=f"configured: {numbers['lr']:g}")
    smooth = [value for value in series["smoothed"] if math.isfinite(value)]
    room = 0.1 * (max(smooth[0], 1e-12) - min(smooth)) + 1e-12
    ax.set_ylim(min(smooth) - room, max(smooth[0], min(smooth)) + 5 * room)
    ax.set_xscale("log")
    ax.set_xlabel("learning rate, rising step by step")
    ax.set_ylabel("loss")
    ax.legend(loc="upper left")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(out)
    except OSError as error:
        raise NeuralTrainerError(f"{out} cannot be written: {error.strerror}") from error
    return out
