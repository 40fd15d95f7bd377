"""A plan of an experiment: arms, seeds by power, order of runs, what each outcome will mean."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from neural_trainer.errors import ConfigError
from neural_trainer.runs.names import better
from neural_trainer.study.ablation import Arm, Hypothesis
from neural_trainer.study.margin import Margin
from neural_trainer.study.plan_noise import Noise
from neural_trainer.study.plan_question import Kind
from neural_trainer.study.power import (
    MOST_RUNS,
    detectable,
    detectable_margin,
    equivalence_power,
    power,
    runs_needed,
)

FEWEST_SEEDS = 3  # below them an interval is so wide that it tells next to nothing


@dataclass(frozen=True)
class Budget:
    """What may be spent; None where it is not bounded or not known. hours: of GPU, for one run."""

    runs: int | None = None
    gpu_hours: float | None = None
    hours: float | None = None

    def most_runs(self) -> int | None:
        """Return how many runs it pays for. Raises ConfigError where that cannot be told."""
        bounds = [] if self.runs is None else [self.runs]
        if self.gpu_hours is not None:
            if not self.hours:
                raise ConfigError(
                    "--gpu-hours without what a run costs; expected --hours-per-run, or a pilot "
                    "whose logs carry a clock"
                )
            bounds.append(int(self.gpu_hours / self.hours + 1e-9))
        return min(bounds, default=None)


@dataclass(frozen=True)
class Request:
    """What is to be planned. level: of the intervals, before it is shared out to hypotheses."""

    question: str
    kind: Kind
    metric: str
    arms: tuple[Arm, ...]
    hypotheses: tuple[Hypothesis, ...]
    noise: Noise
    effect: Margin | None
    budget: Budget
    power: float = 0.8
    level: float = 0.95
    paired: bool = True
    first_seed: int = 0


@dataclass(frozen=True)
class PlannedRun:
    """One run of the plan, named as its folder will be."""

    name: str
    arm: str
    seed: int


@dataclass(frozen=True)
class Plan:
    """The request with what follows from it.

    effect: in the unit of the metric: the stated one, or the smallest that the budget can find.
    promised: chance that it is found, of each hypothesis by itself. needed, needed_unlucky: seeds
    an arm that the wanted power takes, at the noise as measured and at its upper end; None beyond
    reach. runs: in the order in which to start them.
    """

    request: Request
    lower_is_better: bool
    effect: float
    stated: bool
    seeds: tuple[int, ...]
    promised: float
    detectable: float
    needed: int | None
    needed_unlucky: int | None
    runs: tuple[PlannedRun, ...]
    notes: tuple[str, ...]

    @property
    def margin(self) -> float | None:
        """The difference below which nothing matters; None where no effect was stated."""
        return self.effect if self.stated or self.request.kind == "equivalent" else None

    @property
    def enough(self) -> bool:
        """Whether the promised power is what was wanted."""
        return self.promised >= self.request.power - 0.005


def make_plan(request: Request) -> Plan:
    """Return the plan. Raises ConfigError where nothing bounds it, or the budget buys no answer."""
    names = [arm.name for arm in request.arms]
    if len(set(names)) < len(names):
        raise ConfigError(f"two arms have one name: {', '.join(names)}; name them apart")
    most = request.budget.most_runs()
    afforded = None if most is None else most // len(names)
    if afforded is not None and afforded < FEWEST_SEEDS:
        raise ConfigError(
            f"the budget pays for {most} runs, {afforded} seeds for each of {len(names)} arms; "
            f"expected {FEWEST_SEEDS * len(names)} runs at least, {FEWEST_SEEDS} seeds an arm"
        )
    effect = _absolute(request)
    if effect is None and afforded is None:
        raise ConfigError(
            "neither an effect nor a budget is stated, so that any number of seeds would do; "
            "expected --effect SIZE, --runs N or --gpu-hours H"
        )
    needed = unlucky = None
    if effect is not None:
        needed = _seeds(request, effect, 1.0)
        unlucky = _seeds(request, effect, request.noise.upper)
        if needed is None and afforded is None:
            raise ConfigError(
                f"an effect of {effect:.3g} takes more than {MOST_RUNS:,} runs an arm at this "
                f"noise; state a larger one, or a budget"
            )
    counts = [count for count in (needed, afforded) if count is not None]
    count = max(FEWEST_SEEDS, min(counts))
    least = _detectable(request, count)
    seeds = tuple(range(request.first_seed, request.first_seed + count))
    size = effect if effect is not None else least
    return Plan(
        request, better(request.metric) != "higher", size, effect is not None, seeds,
        _chance(request, size, 1.0)(count), least, needed, unlucky,
        tuple(_in_order(names, seeds)), _notes(request, effect, needed, afforded),
    )  # fmt: skip


def level_of_each(request: Request) -> float:
    """Return the level at which each hypothesis is planned: the errors allowed are shared out.

    Holm's correction, by which they are judged, never asks more than that.
    """
    return 1 - (1 - request.level) / len(request.hypotheses)


def _absolute(request: Request) -> float | None:
    """Return the stated effect in the unit of the metric."""
    if request.effect is None:
        return None
    if request.effect.relative and not request.noise.level:
        raise ConfigError(
            f"an effect of {request.effect} of an unknown level; expected --baseline VALUE, or a "
            f"pilot"
        )
    return request.effect.of(request.noise.level or 0.0)


def _places(request: Request) -> int:
    """Return how many pairs, or runs a side, one seed gives a hypothesis."""
    return min(len(hypothesis.after) for hypothesis in request.hypotheses)


def _chance(request: Request, size: float, worse: float) -> Callable[[int], float]:
    """Return the chance that `size` is found, by seeds an arm. worse: factor on the noise."""
    noise = request.noise.of_differences if request.paired else request.noise.one
    of = equivalence_power if request.kind == "equivalent" else power
    places, level = _places(request), level_of_each(request)
    return lambda seeds: of(size, worse * noise, places * seeds, paired=request.paired, level=level)


def _seeds(request: Request, size: float, worse: float) -> int | None:
    return runs_needed(_chance(request, size, worse), request.power)


def _detectable(request: Request, seeds: int) -> float:
    noise = request.noise.of_differences if request.paired else request.noise.one
    of = detectable_margin if request.kind == "equivalent" else detectable
    return of(
        noise, _places(request) * seeds, paired=request.paired, level=level_of_each(request),
        wanted=request.power,
    )  # fmt: skip


def _in_order(arms: Sequence[str], seeds: Sequence[int]) -> list[PlannedRun]:
    """Return the runs seed by seed, the arms of each in an order drawn by chance.

    So a machine that slows down, or data that change, meet all arms alike; and what is done when
    the budget ends early is whole pairs.
    """
    generator = np.random.default_rng(0)
    return [
        PlannedRun(f"{arms[place]}-seed{seed}", arms[place], seed)
        for seed in seeds
        for place in generator.permutation(len(arms))
    ]


def _notes(
    request: Request, effect: float | None, needed: int | None, afforded: int | None
) -> tuple[str, ...]:
    notes = list(request.noise.notes)
    if effect is not None and afforded is not None and (needed is None or needed > afforded):
        wanted = f"{needed} seeds an arm" if needed is not None else f"more than {MOST_RUNS:,}"
        notes.append(
            f"underpowered: {wanted} are needed and the budget pays for {afforded}; most likely "
            f"it will end inconclusive"
        )
    if len(request.hypotheses) > 1:
        notes.append(
            f"{len(request.hypotheses)} hypotheses share the errors allowed: each is planned at "
            f"level {level_of_each(request):.4g}, and judged with Holm's correction"
        )
    if not any(arm.changes for arm in request.arms):
        notes.append("no --arm says what an arm changes in the config: that is left to who runs it")
    if better(request.metric) is None:
        notes.append(f"nothing tells whether {request.metric} is better low: taken as such")
    return tuple(notes)


def outcomes(plan: Plan) -> dict[str, str]:
    """Return what each verdict of a hypothesis will mean, decided before the first run."""
    size = f"{plan.effect:.3g}"
    same = f"keep the simpler arm: whatever differs is smaller than {size}"
    if plan.request.kind == "equivalent":
        return {
            "equivalent": f"as good, within {size}: take whichever is cheaper",
            "better": "not the same but better: take it",
            "worse": "not as good: leave it",
            "inconclusive": f"not shown to be within {size}: it counts as not shown, not as equal",
        }
    meaning = {
        "better": "believe it: take the change, and look at what it costs",
        "worse": "believe the opposite: leave the change out",
        "inconclusive": "neither: keep the first arm; what more runs it takes, compare says",
    }
    return meaning if plan.margin is None else {**meaning, "equivalent": same}


def stopping(plan: Plan) -> list[str]:
    """Return when to stop, decided before the first run."""
    return [
        f"Run all {len(plan.runs)} runs, then judge once with compare --plan: to look at the "
        f"verdict in between and stop where it pleases finds differences that are not there.",
        "A run that ends in NaN counts as lost, and is not run again with another seed; one that "
        "was stopped by something else is run again with its own.",
        "If the budget ends early, judge the seeds of which every arm is done; the chance promised "
        "is then lower, and compare says so.",
    ]


def config_of(run: PlannedRun, plan: Plan, seed_key: str) -> dict[str, Any]:
    """Return the keys that the run changes in the base config."""
    arm = next(arm for arm in plan.request.arms if arm.name == run.arm)
    return {"run.name": run.name, seed_key: run.seed, **arm.changes}
