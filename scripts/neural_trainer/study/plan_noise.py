"""How much runs differ that differ by their seed alone, from earlier runs or a pilot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neural_trainer.errors import NeuralTrainerError
from neural_trainer.runs.run import Run
from neural_trainer.study.compare import Question, compare_each
from neural_trainer.study.ends import cut_alike, outcome
from neural_trainer.study.pairs import no_replicas
from neural_trainer.study.sides import demand_comparable, demand_distinct

UNLUCKY = 0.8  # chance that the true noise lies below what is told as its upper end


@dataclass(frozen=True)
class Noise:
    """Standard deviations in the unit of the metric: of one run, and of a pair's difference.

    level: where runs of the first arm end, None where nothing tells. degrees: of freedom behind
    it, None where the noise was stated. upper: factor to the upper end of what it may be.
    hours: that a run took, None where no clock tells.
    """

    one: float
    of_differences: float
    level: float | None
    degrees: int | None
    source: str
    hours: float | None = None
    notes: tuple[str, ...] = ()

    @property
    def upper(self) -> float:
        """The noise may be so many times larger, at one in five such pilots."""
        if self.degrees is None:
            return 1.0
        from scipy.special import chdtri

        return float(np.sqrt(self.degrees / chdtri(self.degrees, UNLUCKY)))


def stated_noise(deviation: float, correlation: float, level: float | None) -> Noise:
    """Return the noise of someone who knows it. correlation: of two runs of one seed."""
    differences = deviation * (2 * (1 - correlation)) ** 0.5
    return Noise(deviation, differences, level, None, "stated")


def pilot_noise(
    runs: Sequence[Run], others: Sequence[Run], metric: str, correlation: float
) -> Noise:
    """Return the noise of `runs`, and of their differences to `others` where those pair.

    correlation: of two runs of one seed, where no pairs tell it. Raises NeuralTrainerError for a
    pilot of one run: nothing in it tells what a seed does.
    """
    if len(runs) < 2:
        raise NeuralTrainerError(
            f"a pilot of {len(runs)} run tells no noise between seeds; expected two runs or more "
            f"that differ in their seed, or --noise SD"
        )
    demand_distinct(runs, "in the pilot")
    demand_comparable([*runs, *others], metric)
    series, _ = cut_alike(runs, metric, "steps")
    outcomes = [outcome(run.name, s, True) for run, s in zip(runs, series, strict=True)]
    ends = np.array([found.end for found in outcomes if not found.lost])
    if len(ends) < 2:
        raise NeuralTrainerError("fewer than two runs of the pilot ended in a number")
    one, degrees = float(ends.std(ddof=1)), len(ends) - 1
    if one == 0:
        raise NeuralTrainerError(
            f"the {len(ends)} runs of the pilot all end at {ends[0]:g}: copies, or rounded; "
            f"expected runs of different seeds"
        )
    differences, notes = one * (2 * (1 - correlation)) ** 0.5, []
    odd = no_replicas("of the pilot", runs)
    if odd is not None:
        notes.append(f"{odd}: their noise counts what that does")
    if len(ends) < len(runs):
        notes.append(f"{len(runs) - len(ends)} runs of the pilot ended in NaN and are left out")
    source = f"{len(ends)} runs of a pilot"
    if others:
        compared = compare_each(runs, others, Question(metrics=(metric,), statistic="mean"))[0]
        estimate = compared.estimate
        if compared.pairing.pairs and estimate.num_before > 1 and estimate.error > 0:
            differences = estimate.error * estimate.num_before**0.5
            degrees = estimate.num_before - 1
            source = f"{estimate.num_before} pairs of a pilot"
        else:
            notes.append("the two sides of the pilot do not pair: nothing is known of pairs")
    return Noise(one, differences, float(ends.mean()), degrees, source, _hours(runs), tuple(notes))


def _hours(runs: Sequence[Run]) -> float | None:
    """Return the mean of the hours that the runs' clocks span, None where one has no clock."""
    spans = []
    for run in runs:
        times = [s.time for s in run.signals.values() if s.time is not None and len(s)]
        if not times:
            return None
        spans.append(max(float(t[-1]) for t in times) - min(float(t[0]) for t in times))
    return float(np.mean(spans)) / 3600
