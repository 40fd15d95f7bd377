"""Variants against the baseline in one run: interleaved, so that a busy machine slows all alike."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from neural_trainer.errors import NeuralTrainerError
from neural_trainer.inspect.profile.workload import Workload

ROUNDS = 7  # the least and the greatest of 7 enclose the median with 1 - 2/2^7 = 98.4 %
WARMUP = 3  # steps of each before it is timed; compilation falls into the first
BLOCK_S, LEAST_STEPS, MOST_STEPS = 0.25, 2, 50  # of one workload in one round

BASELINE = "baseline"


@dataclass(frozen=True)
class Gain:
    """How many times as fast as the baseline, by sample: median, least and greatest of the rounds.

    first_s: what the first step took, with compilation. latencies_s: of all timed steps.
    loss_change: of the loss on the same batch, relative; None where it was not compared.
    """

    name: str
    ratio: float
    least: float
    greatest: float
    rounds: int
    first_s: float
    latencies_s: tuple[float, ...]
    loss_change: float | None = None

    @property
    def verdict(self) -> str:
        """Whether all rounds agree on a direction."""
        if self.least > 1:
            return "faster"
        return "slower" if self.greatest < 1 else "no difference shown"


@dataclass(frozen=True)
class Trial:
    """What came of the variants: gains, and why others could not be tried."""

    baseline_s: float
    gains: tuple[Gain, ...]
    failed: dict[str, str]


def trial(
    baseline: Workload,
    builders: Mapping[str, Callable[[], Workload]],
    tell: Callable[[str], None] = lambda said: None,
    rounds: int = ROUNDS,
) -> Trial:
    """Time the baseline and each variant in turns; raises what the baseline raises."""
    works: dict[str, Workload] = {BASELINE: baseline}
    first = {BASELINE: _warmed(baseline)}
    failed: dict[str, str] = {}
    for name, build in builders.items():
        tell(f"preparing {name} …")
        try:
            works[name] = build()
            first[name] = _warmed(works[name])
        except NeuralTrainerError as error:
            works.pop(name, None)
            failed[name] = _reason(error)
        except Exception as error:  # a compiler, a worker or a kernel that is not to be had here
            works.pop(name, None)
            failed[name] = f"{type(error).__name__}: {_reason(error)}"
    tell(f"timing {len(works)} in {rounds} rounds …")
    speeds: dict[str, list[float]] = {name: [] for name in works}
    latencies: dict[str, list[float]] = {name: [] for name in works}
    names = list(works)
    for turn in range(rounds):
        for name in _rotated(names, turn):
            if name in failed:
                continue
            try:
                seconds, samples = _block(works[name])
            except Exception as error:
                if name == BASELINE:
                    raise
                failed[name] = f"in round {turn + 1}: {type(error).__name__}: {_reason(error)}"
                continue
            speeds[name].append(sum(samples) / max(sum(seconds), 1e-12))
            latencies[name] += seconds
    gains = []
    for name in names[1:]:
        if name in failed:
            continue
        pairs = zip(speeds[name], speeds[BASELINE], strict=True)
        ratios = [mine / base for mine, base in pairs]
        gains.append(
            Gain(name, statistics.median(ratios), min(ratios), max(ratios), rounds, first[name],
                 tuple(latencies[name]))
        )  # fmt: skip
    gains.sort(key=lambda gain: -gain.ratio)
    return Trial(statistics.median(latencies[BASELINE]), tuple(gains), failed)


def _rotated(names: Sequence[str], turn: int) -> list[str]:
    """Return the names in an order in which none comes always after the same one."""
    start = turn % len(names)
    turned = [*names[start:], *names[:start]]
    return turned[::-1] if turn % 2 else turned


def _warmed(work: Workload) -> float:
    """Take the first steps and return what the very first took."""
    first = work.step().total_s
    for _ in range(WARMUP - 1):
        work.step()
    return first


def _block(work: Workload) -> tuple[list[float], list[int]]:
    """Return seconds and samples of the steps of one turn."""
    seconds: list[float] = []
    samples: list[int] = []
    while len(seconds) < LEAST_STEPS or (sum(seconds) < BLOCK_S and len(seconds) < MOST_STEPS):
        step = work.step()
        seconds.append(step.total_s)
        samples.append(step.num_samples)
    return seconds, samples


def _reason(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__
