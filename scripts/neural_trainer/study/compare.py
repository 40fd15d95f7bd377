"""Did a change help? Two runs, before and after, by the loss that both of them logged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from neural_trainer.errors import NeuralTrainerError
from neural_trainer.runs.names import better
from neural_trainer.runs.plain_text import shown_name
from neural_trainer.runs.run import Run, Series
from neural_trainer.signals.course import tail
from neural_trainer.signals.noise import scatter

Verdict = Literal["better", "worse", "inconclusive"]
MEASURES = ("eval/loss", "loss", "eval/reward", "reward", "eval/accuracy", "accuracy")
END = 0.1  # share of the points, at least three, whose median is where a run ended
LATE = 0.3  # share of the points that tell the noise
ERRORS = 3.0  # standard errors that a difference must exceed
MOST_STEPS_APART = 1.25  # x: runs of more different lengths are compared at the shorter one's end


@dataclass(frozen=True)
class Outcome:
    """Where one run ended in the measure: median of its last tenth, and the error of that.

    best: the best value and its step. nonfinite: points that are NaN or infinite.
    """

    run: str
    end: float
    error: float
    best: float
    best_step: float
    last_step: float
    nonfinite: int


@dataclass(frozen=True)
class Comparison:
    """Two runs by one measure; `difference` is after minus before, `error` its standard error.

    The error is that of two noisy curves: one run each says nothing about other seeds.
    """

    measure: str
    lower_is_better: bool
    before: Outcome
    after: Outcome
    difference: float
    error: float
    verdict: Verdict


def compare(before: Run, after: Run) -> Comparison:
    """Return whether `after` ended better than `before`, at the same step.

    Raises NeuralTrainerError where the two have no measure in common.
    """
    measure = _measure(before, after)
    first, second = before.signals[measure], after.signals[measure]
    until = min(float(first.step[-1]), float(second.step[-1]))
    if max(float(first.step[-1]), float(second.step[-1])) <= MOST_STEPS_APART * until:
        until = float("inf")
    low = better(measure) != "higher"
    left = _outcome(before.name, first.until(until), low)
    right = _outcome(after.name, second.until(until), low)
    difference, error = right.end - left.end, float(np.hypot(left.error, right.error))
    return Comparison(
        measure, low, left, right, difference, error, _verdict(left, right, low, difference, error)
    )


def _measure(before: Run, after: Run) -> str:
    for name in MEASURES:
        if before.get(name) is not None and after.get(name) is not None:
            return name
    raise NeuralTrainerError(
        f"{shown_name(before.name)} and {shown_name(after.name)} have no loss, reward or "
        f"accuracy in common; expected one of {', '.join(MEASURES)} in both"
    )


def _outcome(name: str, series: Series, low: bool) -> Outcome:
    finite = series.finite()
    nonfinite = len(series) - len(finite)
    if len(finite) == 0:
        nan = float("nan")
        return Outcome(name, nan, nan, nan, nan, float(series.step[-1]), nonfinite)
    last = tail(finite.value, END)
    # Noise as it is late in the run. sqrt(pi / 2): a median's error over a mean's, normal noise.
    error = scatter(tail(finite.value, LATE)) * float(np.sqrt(np.pi / 2 / len(last)))
    index = int(np.argmin(finite.value) if low else np.argmax(finite.value))
    return Outcome(
        name,
        float("nan") if not np.isfinite(series.value[-1]) else float(np.median(last)),
        error,
        float(finite.value[index]),
        float(finite.step[index]),
        float(series.step[-1]),
        nonfinite,
    )


def _verdict(
    before: Outcome, after: Outcome, low: bool, difference: float, error: float
) -> Verdict:
    if np.isnan(before.end) or np.isnan(after.end):  # ended in NaN: lost, whatever it was before
        if np.isnan(before.end) and np.isnan(after.end):
            return "inconclusive"
        return "better" if np.isnan(before.end) else "worse"
    if abs(difference) <= ERRORS * error:
        return "inconclusive"
    return "better" if (difference < 0) == low else "worse"
