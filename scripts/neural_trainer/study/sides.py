"""The two sides of a comparison: what may be compared, and the estimate of what differs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from neural_trainer.errors import NeuralTrainerError
from neural_trainer.runs.plain_text import shown_name
from neural_trainer.runs.run import Array, Run, Series
from neural_trainer.signals.course import tail
from neural_trainer.study.ends import END, Outcome, outcome
from neural_trainer.study.estimates import Estimate, of_groups, of_pairs, unknown
from neural_trainer.study.interquartile import interquartile_mean, of_returns
from neural_trainer.study.pairs import flat
from neural_trainer.study.time_blocks import FEWEST_FOR_MEMORY, FEWEST_POINTS, of_blocks

_TASK_KEYS = ("env_id", "env", "env_name", "environment", "task", "game")
FEW_POINTS = (
    "few points at the end: should one remember the noise of that before, the interval is too "
    "narrow (docs/comparing.md)"
)
FEW_OF_TASK = 10  # runs below which the bootstrap of several tasks covers 88 to 93 %
ENOUGH_FOR_SKEW = 8  # pairs; of fewer the skewness is chance
SKEWED = 1.2  # of 10 normal differences one set in 23 is beyond, of 10 lognormal ones every other
_FRACTION, _PER_CENT = 1.0, 1.5  # an accuracy above is no fraction, however it is rounded


@dataclass(frozen=True)
class Sides:
    """Runs before and after, each with its measure up to the same place.

    pairs: places of runs that belong together. ranges: as of Question.
    """

    before_runs: Sequence[Run]
    after_runs: Sequence[Run]
    before_series: Sequence[Series]
    after_series: Sequence[Series]
    low: bool
    pairs: Sequence[tuple[int, int]]
    ranges: Mapping[str, tuple[float, float]]

    @cached_property
    def before(self) -> tuple[Outcome, ...]:
        """Where each run before ended."""
        return _outcomes(self.before_runs, self.before_series, self.low)

    @cached_property
    def after(self) -> tuple[Outcome, ...]:
        """Where each run after ended."""
        return _outcomes(self.after_runs, self.after_series, self.low)

    def estimate(self, statistic: Literal["mean", "iqm"], level: float) -> Estimate:
        """Return the difference of the runs that did not end in NaN."""
        left, right = (np.array([o.end for o in side]) for side in (self.before, self.after))
        if len(left) == len(right) == 1:
            if np.isnan(left[0]) or np.isnan(right[0]):
                return unknown(float("nan"), level, 1, 1)
            curves = self.before_series[0].finite(), self.after_series[0].finite()
            return of_blocks(*curves, level)
        if np.isnan(left).all() or np.isnan(right).all():
            return unknown(float("nan"), level, len(left), len(right))
        if statistic == "iqm":
            return of_returns(*self._by_task(left, right), level)
        if self.pairs:
            difference = np.array([right[j] - left[i] for i, j in self.pairs])
            kept = difference[np.isfinite(difference)]
            return of_pairs(kept, level) if len(kept) else unknown(float("nan"), level, 0, 0)
        return of_groups(left[np.isfinite(left)], right[np.isfinite(right)], level)

    def cautions(self, statistic: Literal["mean", "iqm"]) -> list[str]:
        """Say where an interval holds the truth less often than stated, by make bench-compare."""
        if len(self.before) == len(self.after) == 1:
            fewest = min(len(tail(s.step, END)) for s in (*self.before_series, *self.after_series))
            return [FEW_POINTS] if max(fewest, FEWEST_POINTS) < FEWEST_FOR_MEMORY else []
        tasks = [[task_of(run) for run in runs] for runs in (self.before_runs, self.after_runs)]
        fewest = min(min(side.count(name) for name in {*side}) for side in tasks)
        if statistic == "iqm" and len({*tasks[0], *tasks[1]}) > 1 and fewest < FEW_OF_TASK:
            return [
                f"{fewest} runs of a task: intervals of several tasks are too narrow below "
                f"{FEW_OF_TASK} (docs/comparing.md)"
            ]
        value = [self.after[j].end - self.before[i].end for i, j in self.pairs]
        kept = np.array([v for v in value if np.isfinite(v)])
        if statistic == "mean" and len(kept) >= ENOUGH_FOR_SKEW and kept.std() > 0:
            skew = float(np.mean((kept - kept.mean()) ** 3)) / float(kept.std()) ** 3
            if abs(skew) > SKEWED:
                return [
                    f"the differences are skewed ({skew:.1f}): their interval may hold the truth "
                    f"less often than stated (docs/comparing.md)"
                ]
        return []

    def _by_task(self, left: Array, right: Array) -> tuple[list[Array], list[Array]]:
        """Return the scores of each task before and after, on one scale where there are several."""
        tasks = [[task_of(run) for run in runs] for runs in (self.before_runs, self.after_runs)]
        names = sorted({*tasks[0], *tasks[1]})
        if len(names) == 1 and names[0] not in self.ranges:
            return [left[np.isfinite(left)]], [right[np.isfinite(right)]]
        found: tuple[list[Array], list[Array]] = ([], [])
        for name in names:
            if name not in self.ranges:
                raise NeuralTrainerError(
                    f"{len(names)} tasks, each with returns in its own unit, and no range of "
                    f"{shown_name(name)}; expected --score-range {shown_name(name)}=LOW:HIGH"
                )
            low, high = self.ranges[name]
            for scores, of, into in ((left, tasks[0], found[0]), (right, tasks[1], found[1])):
                own = scores[np.array([task == name for task in of])]
                own = own[np.isfinite(own)]
                if not len(own):
                    raise NeuralTrainerError(
                        f"one side has no run of {shown_name(name)} that ended in a number; "
                        f"expected the same tasks on both"
                    )
                into.append((own - low) / (high - low))
        return found


def task_of(run: Run) -> str:
    """Return the task or environment that a run's config names; "" where it names none."""
    for key, value in flat(run.config):
        if key.rpartition(".")[2].lower() in _TASK_KEYS and isinstance(value, str):
            return value
    return ""


def whole(
    label: str, runs: Sequence[Outcome], statistic: Literal["mean", "iqm"], low: bool
) -> Outcome:
    """Return one run as it is, several as one: their mean end with its standard error."""
    if len(runs) == 1:
        return runs[0]
    ends = np.array([run.end for run in runs if not run.lost])
    n = len(ends)
    with_best = [run for run in runs if np.isfinite(run.best)] or list(runs)
    best = min(with_best, key=lambda run: run.best if low else -run.best)
    nan = float("nan")
    middle = interquartile_mean if statistic == "iqm" else np.mean
    return Outcome(
        f"{label}: {len(runs)} runs",
        float(middle(ends)) if n else nan,
        float(ends.std(ddof=1)) / n**0.5 if n > 1 else nan,
        best.best,
        best.best_step,
        min(run.last_step for run in runs),
        sum(run.nonfinite for run in runs),
    )


def by_losses(
    before: Sequence[Outcome], after: Sequence[Outcome], verdict: str, level: float
) -> tuple[Literal["better", "worse", "inconclusive"] | None, str]:
    """Return the verdict that runs which ended in NaN force, None where they leave it, and why."""
    lost = sum(run.lost for run in before), sum(run.lost for run in after)
    if not any(lost):
        return None, ""
    told = (
        f"{lost[0]} of {len(before)} runs before and {lost[1]} of {len(after)} after ended in NaN"
    )
    whole_sides = lost[0] == len(before), lost[1] == len(after)
    if all(whole_sides):
        return "inconclusive", f"{told}: nothing is left to compare"
    if any(whole_sides) and (lost[0] == 0 or lost[1] == 0):
        return ("better" if whole_sides[0] else "worse"), told
    from scipy.stats import fisher_exact

    table = [[count, len(side) - count] for count, side in zip(lost, (before, after), strict=True)]
    p = float(fisher_exact(table)[1])
    if p < 1 - level:
        return ("better" if lost[0] > lost[1] else "worse"), f"{told} (Fisher's exact p {p:.2g})"
    if any(whole_sides):
        return "inconclusive", f"{told}: a side is left without a number"
    # The interval is of the runs that are left: it may not speak for the side that lost more.
    if (verdict == "better" and lost[1] > lost[0]) or (verdict == "worse" and lost[0] > lost[1]):
        return "inconclusive", f"{told}; the others are {verdict}: the two speak against each other"
    if verdict == "equivalent":
        return "inconclusive", f"{told}; the others are equivalent"
    return None, f"{told}; the interval is of the others"


def demand_distinct(runs: Sequence[Run], side: str) -> None:
    """Raise NeuralTrainerError where a run stands twice on one side, by place or by its values."""
    places = Counter((run.source, run.name) for run in runs)
    for (_, name), count in places.items():
        if count > 1:
            raise NeuralTrainerError(
                f"{shown_name(name)} stands {count} times {side}; expected each run once"
            )
    for index, run in enumerate(runs):
        for other in runs[:index]:
            varies = any(np.ptp(s.value) > 0 for s in run.signals.values() if len(s))
            if (
                varies
                and run.signals.keys() == other.signals.keys()
                and all(same(series, other.signals[name]) for name, series in run.signals.items())
            ):
                raise NeuralTrainerError(
                    f"{shown_name(other.name)} and {shown_name(run.name)}, both {side}, hold the "
                    f"same values: a copy tells nothing new; expected each run once"
                )


def demand_comparable(runs: Sequence[Run], measure: str) -> None:
    """Raise NeuralTrainerError where a run lacks the measure, or has it in another unit."""
    lacking = next((run for run in runs if run.get(measure) is None), None)
    if lacking is not None:
        raise NeuralTrainerError(
            f"{shown_name(lacking.name)} has no {shown_name(measure)}; expected it in every run"
        )
    if measure.rpartition("/")[2] != "accuracy":
        return
    tops = [float(np.nanmax(run.signals[measure].value, initial=0.0)) for run in runs]
    least, most = int(np.argmin(tops)), int(np.argmax(tops))
    if 0 < tops[least] <= _FRACTION and tops[most] > _PER_CENT:
        raise NeuralTrainerError(
            f"{shown_name(measure)} is a fraction in {shown_name(runs[least].name)} (at most "
            f"{tops[least]:g}) and per cent in {shown_name(runs[most].name)} ({tops[most]:g}); "
            f"expected one unit"
        )


def same(one: Series, other: Series) -> bool:
    """Return whether two series hold the same points."""
    return np.array_equal(one.step, other.step) and np.array_equal(
        one.value, other.value, equal_nan=True
    )


def _outcomes(runs: Sequence[Run], series: Sequence[Series], low: bool) -> tuple[Outcome, ...]:
    return tuple(outcome(run.name, s, low) for run, s in zip(runs, series, strict=True))
