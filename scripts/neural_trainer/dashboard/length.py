"""How long a run is to be, how fast it goes and how long it still takes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from neural_trainer.runs.run import Run, Series

RECENT = 100  # points by which the pace is told: older ones may be of another machine or stage
LEAST_SILENCE_S = 600.0  # a first compilation or a long evaluation, as people wait for it
SILENT_GAPS = 10.0  # times the longest recent gap: no epoch or checkpoint takes that much more
# What configs call the whole length: of our trainer, Hugging Face, Lightning, Ultralytics, nanoGPT,
# Stable-Baselines3, and plain scripts.
_STEPS = (
    "max_steps", "total_steps", "num_steps", "max_iters", "max_iterations", "total_iterations",
    "num_iterations", "num_training_steps", "train_steps", "total_timesteps", "steps", "iterations",
)  # fmt: skip
# Sections that these may stand in; the steps of any other may be those of an evaluation.
_SECTIONS = ("training", "train", "trainer", "training_args", "args", "hparams")
_EPOCHS = ("num_train_epochs", "max_epochs", "num_epochs", "total_epochs", "n_epochs", "epochs")


def total(run: Run) -> float:
    """Return up to which step of its axis a run is to go, as its config says; NaN if unknown.

    A length that the run is past already is not believed.
    """
    names = _EPOCHS if run.axis == "epoch" else _STEPS
    below = [run.config.get(section) for section in _SECTIONS]
    parts = [run.config, *(part for part in below if isinstance(part, Mapping))]
    for name in names:
        for part in parts:
            length = _number(part.get(name))
            if length > 0 and not length < run.last_step:
                return length
    return math.nan


def steps_per_s(run: Run) -> float:
    """Return the pace of the last RECENT points of the signal logged most often; NaN if unknown."""
    clocked = [series for series in run.signals.values() if len(series) and _has_clock(series)]
    longest = max(clocked, key=len, default=None)
    if longest is not None and longest.time is not None:
        first = max(0, len(longest) - RECENT)
        passed = float(longest.time[-1] - longest.time[first])
        if passed > 0:
            return float(longest.step[-1] - longest.step[first]) / passed
    of_a_step = run.get("step_time_s")
    if of_a_step is None or run.axis != "step":
        return math.nan
    recent = of_a_step.finite().value[-RECENT:]
    middle = float(np.median(recent)) if len(recent) else math.nan
    return 1 / middle if middle > 0 else math.nan


def seconds_left(run: Run) -> float:
    """Return how long a run still takes at its pace; NaN where length or pace are unknown."""
    pace = steps_per_s(run)
    return (total(run) - run.last_step) / pace if pace > 0 else math.nan


def silent_after_s(run: Run) -> float:
    """Return after how many seconds without a new line its pace does not explain the silence.

    That is SILENT_GAPS times the longest of the last RECENT gaps between two points of the signal
    logged most often, and no less than LEAST_SILENCE_S: an evaluation or a checkpoint takes time.
    """
    longest = max(filter(_has_clock, filter(len, run.signals.values())), key=len, default=None)
    if longest is None or longest.time is None or len(longest) < 2:
        return LEAST_SILENCE_S
    gap = float(np.max(np.diff(longest.time[-RECENT - 1 :])))
    return max(LEAST_SILENCE_S, SILENT_GAPS * gap)


def _has_clock(series: Series) -> bool:
    return series.time is not None and math.isfinite(float(series.time[-1]))


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return math.nan
    return float(value) if abs(value) < 1e15 else math.nan
