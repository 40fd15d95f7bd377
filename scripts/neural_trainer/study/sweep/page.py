"""A sweep as a page to look into: Optuna's own figures, by plotly, in one file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from neural_trainer.errors import MissingPackage, NeuralTrainerError
from neural_trainer.study.sweep.storage import optuna_package


def write_page(study: Any, out: Path) -> Path:
    """Write the page to `out` (.html) and return it. Raises MissingPackage without plotly."""
    from importlib.util import find_spec

    if find_spec("plotly") is None:
        raise MissingPackage("plotly", "sweep --html", "sweep")
    if out.suffix.lower() != ".html":
        raise NeuralTrainerError(f"{out} ends in {out.suffix or 'nothing'}; expected .html")
    optuna = optuna_package()
    figures = [
        optuna.visualization.plot_optimization_history(study),
        optuna.visualization.plot_parallel_coordinate(study),
        optuna.visualization.plot_slice(study),
    ]
    # The first brings plotly itself, so that the page needs no network.
    parts = [
        figure.to_html(full_html=False, include_plotlyjs=not index)
        for index, figure in enumerate(figures)
    ]
    page = "\n".join(['<!doctype html><meta charset="utf-8"><title>sweep</title>', *parts])
    try:
        out.write_text(page, encoding="utf-8")
    except OSError as error:
        raise NeuralTrainerError(f"{out}: {error.strerror or error}") from error
    return out
