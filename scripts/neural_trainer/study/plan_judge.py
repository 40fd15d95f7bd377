"""Runs held to the plan that was written before them: its answer, and what was not kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from neural_trainer.errors import NeuralTrainerError
from neural_trainer.runs.run import Run
from neural_trainer.study.ablation import Hypothesis
from neural_trainer.study.compare import Case, Comparison, Question, compare_cases
from neural_trainer.study.margin import Margin
from neural_trainer.study.pairs import Pairing, few, flat, seed_of
from neural_trainer.study.plan_file import Promise

Answer = Literal["yes", "no", "not settled"]
NOISIER = 0.99  # of studies with the noise as planned scatter less than what is told as more


@dataclass(frozen=True)
class Judged:
    """One hypothesis with its comparison. means: what the plan said that the verdict would mean."""

    name: str
    answer: Answer
    means: str
    comparison: Comparison


@dataclass(frozen=True)
class Judgement:
    """Each hypothesis judged. not_kept: where the runs depart from the plan, none where nowhere."""

    promise: Promise
    hypotheses: tuple[Judged, ...]
    not_kept: tuple[str, ...]


def judge(promise: Promise, runs: Mapping[str, Run]) -> Judgement:
    """Return what `runs`, by their planned names, say to the plan.

    Raises NeuralTrainerError where a hypothesis has no run on a side.
    """
    missing = [name for name in promise.runs if name not in runs]
    not_kept = []
    if missing:
        not_kept.append(
            f"{len(missing)} of {len(promise.runs)} planned runs are missing: {few(missing)}"
        )
    cases = [_case(promise, hypothesis, runs) for hypothesis in promise.hypotheses]
    for name, run in runs.items():
        not_kept += _departures(promise, name, run)
    comparisons = compare_cases(cases)
    judged = []
    for hypothesis, comparison in zip(promise.hypotheses, comparisons, strict=True):
        noisier = _noisier(promise, comparison)
        if noisier is not None:
            not_kept.append(f"{hypothesis.name}: {noisier}")
        means = promise.outcomes.get(comparison.verdict, "")
        answer = _answer(promise.kind, comparison.verdict)
        judged.append(Judged(hypothesis.name, answer, means, comparison))
    return Judgement(promise, tuple(judged), tuple(not_kept))


def by_sides(promise: Promise, before: Sequence[Run], after: Sequence[Run]) -> dict[str, Run]:
    """Return runs that were named by side under their planned names, by their seeds.

    Raises NeuralTrainerError where the plan has more than two arms, or a seed is not known.
    """
    if len(promise.hypotheses) > 1 or len(promise.hypotheses[0].before) > 1:
        raise NeuralTrainerError(
            f"the plan has {len(promise.changes)} arms, which two sides do not tell apart; "
            f"expected the folder of its runs alone"
        )
    named = {}
    planned = {key: name for name, key in promise.runs.items()}
    (left,), (right,) = promise.hypotheses[0].before, promise.hypotheses[0].after
    for arm, runs in ((left, before), (right, after)):
        for run in runs:
            seed = seed_of(run)
            if seed is None or (arm, seed) not in planned:
                known = "no seed is known of" if seed is None else f"seed {seed} is not planned of"
                raise NeuralTrainerError(f"{known} {few([run.name])}; expected a planned one")
            if planned[arm, seed] in named:
                raise NeuralTrainerError(f"seed {seed} of {few([arm])} was given twice")
            named[planned[arm, seed]] = run
    return named


def _case(promise: Promise, hypothesis: Hypothesis, runs: Mapping[str, Run]) -> Case:
    """Return the two sides of a hypothesis; of pairs those of which both runs are there."""
    names = {key: name for name, key in promise.runs.items()}
    seeds = sorted({seed for _, seed in promise.runs.values()})
    sides: tuple[list[Run], list[Run]] = ([], [])
    pairs = []
    for left, right in zip(hypothesis.before, hypothesis.after, strict=True):
        for seed in seeds:
            found = [runs.get(names.get((arm, seed), "")) for arm in (left, right)]
            if promise.paired and None not in found:
                pairs.append((len(sides[0]), len(sides[1])))
            for side, run in zip(sides, found, strict=True):
                if run is not None and (not promise.paired or None not in found):
                    side.append(run)
    if not (sides[0] and sides[1]):
        raise NeuralTrainerError(
            f"{few([hypothesis.name])}: no {'pair of runs' if promise.paired else 'run'} of both "
            f"sides is there; expected runs named as in the plan, in {promise.folder}"
        )
    pairing = Pairing("plan", tuple(pairs)) if promise.paired else Pairing("none")
    margin = None if promise.margin is None else Margin(promise.margin, False)
    question = Question(
        (promise.metric,), promise.at, promise.level, margin, "mean", pairing=pairing
    )
    return Case(sides[0], sides[1], promise.metric, question)


def _answer(kind: str, verdict: str) -> Answer:
    if verdict == "inconclusive":
        return "not settled"
    wanted = {"equivalent"} if kind == "equivalent" else {"better"}
    return "yes" if verdict in wanted else "no"


def _departures(promise: Promise, name: str, run: Run) -> list[str]:
    """Say in what a run is not as planned, as far as its config tells."""
    if name not in promise.runs:
        return []
    arm, seed = promise.runs[name]
    told = []
    if run.config and seed_of(run) not in (None, seed):
        told.append(f"{few([name])} ran with seed {seed_of(run)}, planned {seed}")
    config = dict(flat(run.config))
    for key, value in promise.changes[arm].items():
        if key in config and config[key] != value:
            told.append(f"{few([name])} ran with {few([key])} {config[key]}, planned {value}")
    return told


def _noisier(promise: Promise, comparison: Comparison) -> str | None:
    """Say that the runs scatter more than planned, which the promised power did not count on."""
    from scipy.special import chdtri

    estimate = comparison.estimate
    n, m = estimate.num_before, estimate.num_after
    if not estimate.error > 0 or min(n, m) < 2:
        return None
    found = estimate.error * (n if promise.paired else n * m / (n + m)) ** 0.5
    planned = promise.noise[1 if promise.paired else 0]
    degrees = n - 1 if promise.paired else n + m - 2
    if found <= planned * (chdtri(degrees, 1 - NOISIER) / degrees) ** 0.5:
        return None
    return f"noise {found:.3g} where {planned:.3g} was planned: the chance promised was not there"
