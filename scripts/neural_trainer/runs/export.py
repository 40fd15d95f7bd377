"""Runs as one tidy table: a row for each value of each signal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from neural_trainer.errors import MissingPackage, NeuralTrainerError
from neural_trainer.runs.run import Run

if TYPE_CHECKING:
    from pandas import DataFrame


def to_table(runs: Sequence[Run]) -> DataFrame:
    """Return columns run, signal, step and value, in the order of the runs and their signals."""
    import numpy as np
    import pandas as pd

    parts = [
        pd.DataFrame({"run": run.name, "signal": name, "step": s.step, "value": s.value})
        for run in runs
        for name, s in run.signals.items()
    ]
    empty = {"run": [], "signal": [], "step": np.zeros(0), "value": np.zeros(0)}
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(empty)


def write_csv(runs: Sequence[Run], path: Path) -> None:
    """Write the table as CSV; NaN as nan. Raises NeuralTrainerError where it cannot be written."""
    try:
        to_table(runs).to_csv(path, index=False, na_rep="nan")
    except OSError as error:
        raise NeuralTrainerError(f"{path} cannot be written: {error.strerror or error}") from error


def write_parquet(runs: Sequence[Run], path: Path) -> None:
    """Write the table as Parquet. Raises NeuralTrainerError, MissingPackage without a pyarrow
    that pandas takes."""
    try:
        to_table(runs).to_parquet(path, index=False, engine="pyarrow")
    except ImportError as error:  # not there, or older than pandas takes
        raise MissingPackage("pyarrow", "curves --parquet", "arrow") from error
    except OSError as error:
        raise NeuralTrainerError(f"{path} cannot be written: {error.strerror or error}") from error
