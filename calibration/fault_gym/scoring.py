"""How often a diagnosis is right: detected, named first, alarms on healthy runs, calibration.

An answer is the likeliest of: a fault by its id, "unknown", or healthy and converged together. Its
confidence is their probability. Of calibration runs without a fault count as much as all others
together, as in fitting.py. Intervals: 95 %, by resampling whole scenarios 1,000 times.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fault_gym.evidence import Seen
from neural_trainer.diagnosis.chances import WELL

NUM_BINS = 10  # of confidence, of equal width
NUM_RESAMPLES = 1000


class Judged(NamedTuple):
    """One run with the probability of each cause. faulty_below: as in diagnosis/chances.py."""

    seen: Seen
    probability: Mapping[str, float]
    faulty_below: float = 0.5

    @property
    def well(self) -> float:
        """The probability that nothing is wrong."""
        return sum(self.probability[name] for name in WELL)

    @property
    def alarms(self) -> bool:
        """Whether the run is called faulty; of one that is under way, whether someone is woken."""
        faulty = self.seen.verdict == "" and self.well <= self.faulty_below
        faulty &= bool(self.seen.strength)
        return faulty and (self.seen.share == 1 or self.seen.would_wake)

    @property
    def ranked(self) -> list[str]:
        """The faults, the likeliest first."""
        faults = [name for name in self.probability if name not in (*WELL, "unknown")]
        return sorted(faults, key=lambda name: -self.probability[name])

    @property
    def answer(self) -> tuple[float, bool]:
        """The confidence of what is answered, and whether it is right."""
        if self.well > 0.5 or not self.alarms:
            return self.well, self.seen.is_healthy
        top = self.ranked[0]
        if self.probability["unknown"] > self.probability[top]:
            return self.probability["unknown"], False
        return self.probability[top], top in self.seen.accepted


class Figure(NamedTuple):
    """A share with its interval, of so many runs."""

    value: float
    low: float
    high: float
    num: int

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


def figures(judged: Sequence[Judged]) -> dict[str, Figure]:
    """Return what the tables show of runs judged from one kind of evidence."""
    under_way = [one for one in judged if one.seen.share < 1]
    judged = [one for one in judged if one.seen.share == 1]
    return {
        **shares(judged),
        "... under way": _clustered(under_way, _share(lambda one: one.alarms)),
        "ECE": _clustered(judged, calibration_error),
        "Brier": _clustered(judged, brier),
    }


def shares(judged: Sequence[Judged]) -> dict[str, Figure]:
    """Return those of the figures that ask for no confidence. judged: whole runs."""
    faulty = [one for one in judged if not one.seen.is_healthy]
    healthy = [one for one in judged if one.seen.is_healthy]
    return {
        "detects": _clustered(faulty, _share(lambda one: one.alarms)),
        "cause first": _clustered(faulty, _share(lambda one: _within(one, 1))),
        "in top three": _clustered(faulty, _share(lambda one: _within(one, 3))),
        "alarms on healthy": _clustered(healthy, _share(lambda one: one.alarms)),
    }


def by_cause(judged: Sequence[Judged]) -> dict[str, tuple[int, float, float, list[str]]]:
    """Return for each planted id: runs, share detected, share named first, usual other answers."""
    found = {}
    of: dict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        if one.seen.share == 1:
            of[one.seen.planted].append(one)
    for name, runs in sorted(of.items()):
        others: dict[str, int] = defaultdict(int)
        for one in runs:
            others[one.ranked[0] if one.alarms else "well"] += 1
        usual = sorted(others, key=lambda other: -others[other])[:3]
        first = [_within(one, 1) if name != "healthy" else not one.alarms for one in runs]
        found[name] = (
            len(runs), float(np.mean([one.alarms for one in runs])), float(np.mean(first)),
            [f"{other} {others[other]}" for other in usual],
        )  # fmt: skip
    return found


def reliability(judged: Sequence[Judged]) -> list[tuple[float, float, float]]:
    """Return mean confidence, share right and share of answers, for each bin that holds any."""
    answers = np.array([one.answer for one in judged], dtype=np.float64).reshape(-1, 2)
    weight = _balance(judged)
    bins = np.minimum((answers[:, 0] * NUM_BINS).astype(int), NUM_BINS - 1)
    found = []
    for number in range(NUM_BINS):
        part = bins == number
        if part.any():
            sure, right = np.average(answers[part], axis=0, weights=weight[part])
            found.append((float(sure), float(right), float(weight[part].sum())))
    return found


def calibration_error(judged: Sequence[Judged]) -> float:
    """Return the expected calibration error: |confidence - share right|, over the bins."""
    return sum(abs(sure - right) * share for sure, right, share in reliability(judged))


def brier(judged: Sequence[Judged]) -> float:
    """Return the mean squared difference of confidence and right (1) or wrong (0)."""
    squares = [(sure - right) ** 2 for sure, right in (o.answer for o in judged)]
    return float(np.sum(_balance(judged) * squares))


def _balance(judged: Sequence[Judged]) -> NDArray[np.float64]:
    """Return what each run counts for, (runs,); they sum to 1, half of it healthy."""
    is_healthy = np.array([one.seen.is_healthy for one in judged], dtype=bool)
    if is_healthy.all() or not is_healthy.any():
        return np.full(len(judged), 1 / max(1, len(judged)))
    num = is_healthy.sum()
    return np.asarray(np.where(is_healthy, 0.5 / num, 0.5 / (len(judged) - num)))


def _within(one: Judged, num: int) -> bool:
    return one.alarms and bool(set(one.ranked[:num]) & set(one.seen.accepted))


def _share(holds: Callable[[Judged], bool]) -> Callable[[Sequence[Judged]], float]:
    return lambda judged: float(np.mean([holds(one) for one in judged])) if judged else np.nan


def _clustered(judged: Sequence[Judged], of: Callable[[Sequence[Judged]], float]) -> Figure:
    """Return a figure with its interval from resampled scenarios."""
    clusters: dict[tuple[str, str], list[Judged]] = defaultdict(list)
    for one in judged:
        clusters[one.seen.family, one.seen.scenario].append(one)
    if not clusters:
        return Figure(np.nan, np.nan, np.nan, 0)
    groups = list(clusters.values())
    random = np.random.default_rng(0)
    drawn = [
        of([one for i in random.integers(len(groups), size=len(groups)) for one in groups[i]])
        for _ in range(NUM_RESAMPLES)
    ]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Figure(of(judged), float(low), float(high), len(judged))
