"""A validation as a picture: reliability and confusion, else truth against prediction."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from neural_trainer.errors import NeuralTrainerError
from neural_trainer.runs.plain_text import shown_name
from neural_trainer.study.validate.predictions import Predictions, item_scores
from neural_trainer.study.validate.validation import Validation

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INCHES, DPI = (11.0, 5.0), 100
FOUND, RIGHT, BAND = "#1f5fa8", "#8a8a8a", "#b8cde6"
MOST_POINTS = 20_000
MOST_NAMED = 12


def draw(v: Validation, p: Predictions, out: Path) -> Path:
    """Write the picture to `out` (.png or .svg) and return it. Raises NeuralTrainerError."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    if out.suffix.lower() not in (".png", ".svg"):
        raise NeuralTrainerError(f"{out} ends in {out.suffix or 'nothing'}; expected .png or .svg")
    figure = Figure(figsize=INCHES, dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    if p.task == "classification":
        _reliability(left, v)
        _confusion(right, v)
    else:
        _errors(left, p)
        _scores(right, p)
    figure.suptitle(shown_name(v.source), parse_math=False)
    try:
        figure.savefig(out)
    except OSError as error:
        raise NeuralTrainerError(f"{out}: {error.strerror or error}") from error
    return out


def _reliability(ax: Axes, v: Validation) -> None:
    ax.plot([0, 1], [0, 1], color=RIGHT, linestyle="--", label="calibrated")
    ax.set_xlabel("confidence")
    ax.set_ylabel("share that is right")
    if v.calibration is None:
        ax.set_title("no probabilities")
        return
    bins = v.calibration.bins
    sure, right = [b.confidence for b in bins], [b.accuracy for b in bins]
    ends = [[max(b.accuracy - b.interval[0], 0) for b in bins],
            [max(b.interval[1] - b.accuracy, 0) for b in bins]]  # fmt: skip
    ax.errorbar(sure, right, yerr=ends, color=FOUND, marker="o", capsize=3, label="found")
    share = [b.num / v.num for b in bins]
    ax.bar([(b.low + b.high) / 2 for b in bins], share, width=1 / 16, color=BAND, zorder=0,
           label="share of items")  # fmt: skip
    ax.set_title(f"reliability (expected calibration error {v.calibration.ece:.3g})")
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1)
    ax.legend()


def _confusion(ax: Axes, v: Validation) -> None:
    assert v.confusion is not None
    rows = v.confusion.sum(1, keepdims=True)
    shares = np.divide(v.confusion, rows, out=np.zeros_like(v.confusion), where=rows > 0)
    ax.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    ax.set_xlabel("predicted")
    ax.set_ylabel("true")
    ax.set_title("share of each true class")
    if len(v.classes) <= MOST_NAMED:
        names = [shown_name(name, 12) for name in v.classes]
        ax.set_xticks(range(len(names)), names, rotation=45, ha="right", parse_math=False)
        ax.set_yticks(range(len(names)), names, parse_math=False)
        for row, column in np.ndindex(shares.shape):
            dark = shares[row, column] > 0.5
            ax.text(column, row, f"{v.confusion[row, column]:.0f}", ha="center", va="center",
                    color="white" if dark else "black")  # fmt: skip


def _errors(ax: Axes, p: Predictions) -> None:
    if p.task == "language":
        tokens = p.tokens
        assert tokens is not None
        ax.scatter(tokens[:MOST_POINTS], (p.truth / tokens)[:MOST_POINTS], s=6, color=FOUND)
        ax.set_xlabel("tokens of an item")
        ax.set_ylabel("nats a token")
        return
    truth, predicted = p.truth[:MOST_POINTS], p.predicted[:MOST_POINTS]
    ends = [min(truth.min(), predicted.min()), max(truth.max(), predicted.max())]
    ax.plot(ends, ends, color=RIGHT, linestyle="--")
    ax.scatter(truth, predicted, s=6, color=FOUND)
    ax.set_xlabel("true")
    ax.set_ylabel("predicted")


def _scores(ax: Axes, p: Predictions) -> None:
    score, values, _ = item_scores(p)
    ax.hist(values, bins=40, color=FOUND)
    ax.set_xlabel(score)
    ax.set_ylabel("items")
