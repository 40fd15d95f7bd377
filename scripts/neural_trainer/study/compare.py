"""Did a change help? Runs before and after it, by what both of them logged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from neural_trainer.errors import NeuralTrainerError
from neural_trainer.runs.names import better
from neural_trainer.runs.plain_text import shown_name
from neural_trainer.runs.run import Run
from neural_trainer.study import sides
from neural_trainer.study.ends import At, Outcome, cut_alike, unit
from neural_trainer.study.estimates import LEVEL, Estimate, holm
from neural_trainer.study.further_runs import Further, further_runs
from neural_trainer.study.margin import Margin
from neural_trainer.study.pairs import Pairing, change, no_replicas, pair
from neural_trainer.study.sides import Sides

Verdict = Literal["better", "worse", "equivalent", "inconclusive"]
Statistic = Literal["mean", "iqm"]
MEASURES = ("eval/loss", "loss", "eval/reward", "reward", "eval/accuracy", "accuracy")
AXES: tuple[At, ...] = ("steps", "time", "compute")
LEVEL_ALONE = 0.99  # of one run each: what other seeds would add is not in the interval
MOST_OF_READING = 4  # notes on what could not be read of the logs
UNEVEN = 0.5  # a run shorter than this share of the median one is named


@dataclass(frozen=True)
class Question:
    """What is asked of two sides.

    metrics: signals, none for the first of MEASURES that all have. at: the axis of the verdict.
    statistic: None for the interquartile mean of returns and the mean of all else. ranges: of each
    task the return that counts as 0 and as 1. pairing: None for what seeds and names tell.
    """

    metrics: tuple[str, ...] = ()
    at: At = "steps"
    level: float = LEVEL
    margin: Margin | None = None
    statistic: Statistic | None = None
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    pairing: Pairing | None = None


@dataclass(frozen=True)
class Case:
    """Two sides and the measure by which they are compared."""

    before: Sequence[Run]
    after: Sequence[Run]
    measure: str
    question: Question


@dataclass(frozen=True)
class Reading:
    """The difference at one place of one axis. estimate: None where `reason` says why."""

    at: At
    place: float
    unit: str
    estimate: Estimate | None
    reason: str = ""


@dataclass(frozen=True)
class Comparison:
    """Two sides by one measure; `difference` is after minus before, `error` its standard error.

    before, after: of several runs their mean, or interquartile mean. readings: one for each of
    AXES, of which `at` gave the verdict. p: corrected for the number of measures asked about.
    margin: in the unit of the measure. why: what the verdict rests on where no interval decides.
    """

    measure: str
    lower_is_better: bool
    before: Outcome
    after: Outcome
    difference: float
    error: float
    verdict: Verdict
    before_runs: tuple[Outcome, ...]
    after_runs: tuple[Outcome, ...]
    statistic: Statistic
    pairing: Pairing
    at: At
    readings: tuple[Reading, ...]
    estimate: Estimate
    p: float
    margin: float | None
    further: Further
    why: str
    notes: tuple[str, ...]

    @property
    def alone(self) -> bool:
        """Whether there is one run on each side, so that nothing tells what seeds do."""
        return len(self.before_runs) == len(self.after_runs) == 1


def compare(
    before: Run | Sequence[Run], after: Run | Sequence[Run], question: Question | None = None
) -> Comparison:
    """Return whether `after` ended better than `before`, by the first measure asked about.

    Raises NeuralTrainerError where the two have no measure in common, or are not comparable.
    """
    left = [before] if isinstance(before, Run) else list(before)
    right = [after] if isinstance(after, Run) else list(after)
    return compare_each(left, right, question)[0]


def compare_each(
    before: Sequence[Run], after: Sequence[Run], question: Question | None = None
) -> list[Comparison]:
    """Return a comparison for each measure asked about, corrected by Holm for their number."""
    asked = question if question is not None else Question()
    if not (before and after):
        raise NeuralTrainerError("a side holds no run; expected one at least before and after")
    measures = asked.metrics or (first_measure([*before, *after]),)
    return compare_cases([Case(before, after, measure, asked) for measure in measures])


def compare_cases(cases: Sequence[Case]) -> list[Comparison]:
    """Return a comparison for each case, corrected by Holm for their number."""
    for case in cases:
        sides.demand_distinct(case.before, "before")
        sides.demand_distinct(case.after, "after")
        sides.demand_comparable([*case.before, *case.after], case.measure)
    found = [_compared(case, len(cases)) for case in cases]
    corrected = holm([comparison.p for comparison, _ in found])
    return [
        _judged(c, wide, case.question, p)
        for case, (c, wide), p in zip(cases, found, corrected, strict=True)
    ]


def first_measure(runs: Sequence[Run]) -> str:
    """Return the first of MEASURES that every run has; raise NeuralTrainerError without one."""
    for name in MEASURES:
        if all(run.get(name) is not None for run in runs):
            return name
    without = next((r for r in runs if not any(r.get(name) for name in MEASURES)), None)
    named = f"{shown_name(runs[0].name)} and {shown_name(runs[-1].name)}"
    lone = f"{shown_name(without.name)} has none; " if without is not None else ""
    raise NeuralTrainerError(
        f"{named} have no loss, reward or accuracy in common; {lone}expected one of "
        f"{', '.join(MEASURES)} in all, or --metric NAME"
    )


def _compared(case: Case, num_cases: int) -> tuple[Comparison, Estimate]:
    """Return the comparison, its verdict left open.

    And the estimate whose interval allows for the number of cases.
    """
    before, after, measure, asked = case.before, case.after, case.measure, case.question
    alone = len(before) == len(after) == 1
    level = _level(asked, alone)
    statistic = asked.statistic or ("iqm" if _is_return(measure) and not alone else "mean")
    pairing = asked.pairing if asked.pairing is not None else pair(before, after)
    if statistic == "iqm":
        pairing = Pairing("none")
    low = better(measure) != "higher"

    def two_sides(at: At) -> tuple[Sides, float]:
        series, place = cut_alike([*before, *after], measure, at)
        left, right = series[: len(before)], series[len(before) :]
        return Sides(before, after, left, right, low, pairing.pairs, asked.ranges), place

    ours, place = two_sides(asked.at)
    estimate = ours.estimate(statistic, level)
    readings = []
    for at in AXES:
        try:
            theirs, where = (ours, place) if at == asked.at else two_sides(at)
            found = estimate if at == asked.at else theirs.estimate(statistic, level)
            readings.append(Reading(at, where, unit(before, at), found))
        except NeuralTrainerError as error:
            readings.append(Reading(at, float("nan"), "", None, str(error)))
    first, second = (
        sides.whole(label, runs, statistic, low)
        for label, runs in (("before", ours.before), ("after", ours.after))
    )
    wide = ours.estimate(statistic, 1 - (1 - level) / num_cases)
    notes = _notes(before, after, measure, pairing) + _uneven([*before, *after], measure, asked.at)
    notes += ours.cautions(statistic)
    comparison = Comparison(
        measure, low, first, second, estimate.difference, estimate.error, "inconclusive",
        ours.before, ours.after, statistic, pairing, asked.at, tuple(readings), estimate,
        estimate.p, None if asked.margin is None else asked.margin.of(first.end),
        Further(None, None, ""), "", tuple(notes),
    )  # fmt: skip
    return comparison, wide


def _judged(c: Comparison, wide: Estimate, asked: Question, p: float) -> Comparison:
    """Return the comparison with its verdict, given the corrected p-value and interval."""
    level = _level(asked, c.alone)
    verdict: Verdict = "inconclusive"
    if c.margin is not None and wide.within(c.margin):
        verdict = "equivalent"
    elif p < 1 - level:
        verdict = "better" if (c.difference < 0) == c.lower_is_better else "worse"
    forced, why = sides.by_losses(c.before_runs, c.after_runs, verdict, level)
    verdict = forced or verdict
    further = Further(None, None, "")
    if verdict == "inconclusive":
        further = further_runs(c.estimate, c.pairing.by != "none", c.margin, level)
    return replace(c, verdict=verdict, p=p, why=why, further=further)


def _level(asked: Question, alone: bool) -> float:
    return max(asked.level, LEVEL_ALONE) if alone else asked.level


def _is_return(measure: str) -> bool:
    return measure.rpartition("/")[2] == "reward"


def _notes(
    before: Sequence[Run], after: Sequence[Run], measure: str, pairing: Pairing
) -> list[str]:
    told = [no_replicas("before", before), no_replicas("after", after)]
    notes = [*pairing.notes, *(note for note in told if note)]
    if not any(told) and before[0].config and after[0].config:
        changed = change(before[0], after[0])
        notes.append(f"changed: {changed}" if changed else "both sides have one config")
    if better(measure) is None:
        notes.append(f"nothing tells whether {shown_name(measure)} is better low: taken as such")
    if sides.same(before[0].signals[measure], after[0].signals[measure]):
        notes.append(f"{shown_name(before[0].name)} holds the same values on both sides")
    read = [(run.name, note) for run in [*before, *after] for note in run.notes]
    return notes + [f"{shown_name(name, 32)}: {note}" for name, note in read[:MOST_OF_READING]]


def _uneven(runs: Sequence[Run], measure: str, at: At) -> list[str]:
    lasts = [float(run.signals[measure].step[-1]) for run in runs]
    shortest = int(np.argmin(lasts))
    middle = sorted(lasts)[len(lasts) // 2]
    if at != "steps" or lasts[shortest] >= UNEVEN * middle:
        return []
    return [
        f"{shown_name(runs[shortest].name)} ends at {lasts[shortest]:g}, so all are compared "
        f"there; others reach {max(lasts):g}: leave it out, or let it finish"
    ]
