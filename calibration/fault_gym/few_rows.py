"""A log as a program writes it that logs a row an epoch: a few rows for all of its steps."""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from neural_trainer.runs.run import Run, Series

ROWS = (6, 10, 20)  # of a log: epochs, as people print them
LAST = ("eval/", "test/", "lr", "epoch", "param_norm", "process_memory")  # as it stands, no mean


def rows_of(scenario: str) -> int:
    """Return how many rows the logs of a scenario have: always the same, by its name."""
    return ROWS[zlib.crc32(scenario.encode()) % len(ROWS)]


def few_rows(run: Run, rows: int) -> Run:
    """Return `run` with so many rows at equal distances.

    What is measured of a training step is the mean since the row before, what is held out, set or
    a state its last value there.
    """
    ends = np.linspace(0.0, run.last_step, rows + 1)
    signals = {
        name: _thinned(series, ends, name.startswith(LAST)) for name, series in run.signals.items()
    }
    return replace(run, signals={name: one for name, one in signals.items() if len(one)})


def _thinned(series: Series, ends: np.ndarray, is_last: bool) -> Series:
    row = np.searchsorted(ends[1:], series.step, side="left")
    kept = np.unique(row[row < len(ends) - 1])
    value = [series.value[row == at] for at in kept]
    level = np.array([one[-1] if is_last else one.mean() for one in value], np.float64)
    return type(series)(ends[kept + 1], level)
