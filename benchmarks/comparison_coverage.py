"""How often intervals of `compare` hold the truth, and whether `plan` keeps the power it promises.

Simulated comparisons with known truth, seeded, judged by the functions that the verbs call. Pairs
share what their seed does; groups do not; blocks are one run a side, whose noise may remember.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

from neural_trainer.runs.run import Array, Series  # noqa: E402
from neural_trainer.study.estimates import Estimate, of_groups, of_pairs  # noqa: E402
from neural_trainer.study.interquartile import of_returns  # noqa: E402
from neural_trainer.study.power import detectable, power, runs_needed  # noqa: E402
from neural_trainer.study.time_blocks import of_blocks  # noqa: E402

REPETITIONS = 2000
LEAST, MOST = 0.93, 0.97  # share of 95 % intervals that may hold the truth, for normal differences
POWER_OFF = 0.03  # how far the power that is met may lie from the power that was promised
NUM_RUNS = (3, 5, 10, 20, 40)
NUM_RETURNS = (3, 5, 10)  # runs a task
RESAMPLED_SHARE = 0.25  # of the repetitions: each draws thousands of resamples
NUM_POINTS = 400  # of a curve
SHIFT = 0.5  # of pairs: how much of the spread of a run its seed decides, in standard deviations

Draw = Callable[[np.random.Generator, int], Array]


class Law(NamedTuple):
    """How runs scatter. mean: its own, which pairs must find; promised: held to LEAST and MOST."""

    draw: Draw
    mean: float
    promised: bool


LAWS = {
    "normal": Law(lambda g, n: g.normal(0, 1, n), 0.0, True),
    "heavy tails, t of 3": Law(lambda g, n: g.standard_t(3, n), 0.0, False),
    "skewed, lognormal": Law(lambda g, n: g.lognormal(0, 1, n), float(np.exp(0.5)), False),
    "one run in ten fails": Law(
        lambda g, n: g.normal(0, 1, n) + 5 * (g.random(n) < 0.1), 0.5, False
    ),
}


class Row(NamedTuple):
    """One measured share. promised: whether it is held to the bounds."""

    name: str
    num_runs: int
    share: float
    promised: bool


def coverage(repetitions: int, num_runs: tuple[int, ...] = NUM_RUNS) -> Iterator[Row]:
    """Yield, of each way to compare, law and number of runs, the share that held the truth."""
    for law_name, law in LAWS.items():
        for n in num_runs:
            generator = np.random.default_rng([n, len(law_name)])
            ways: dict[str, tuple[Callable[[], Estimate], float]] = {
                "pairs": (lambda: of_pairs(law.draw(generator, n)), law.mean),  # noqa: B023
                "groups": (
                    lambda: of_groups(law.draw(generator, n), law.draw(generator, n)),  # noqa: B023
                    0.0,
                ),
                "groups, one with twice the spread": (
                    lambda: of_groups(law.draw(generator, n), 2 * law.draw(generator, n)),  # noqa: B023
                    law.mean,
                ),
            }
            for way, (estimate, truth) in ways.items():
                held = _share(estimate, truth, repetitions)
                yield Row(f"{way}: {law_name}", n, held, law.promised)


def coverage_of_resampling(repetitions: int) -> Iterator[Row]:
    """Yield the share of groups by t, as `compare` has it, and by the bootstrap of t instead."""
    for law_name, law in LAWS.items():
        for n in (20, 40):
            generator = np.random.default_rng([3, n, len(law_name)])
            by_t = resampled = 0
            for _ in range(repetitions):
                left, right = law.draw(generator, n), law.draw(generator, n)
                estimate = of_groups(left, right)
                by_t += estimate.low <= 0 <= estimate.high
                low, high = _by_bootstrap(left, right, generator)
                resampled += low <= 0 <= high
            yield Row(f"beside it, by t: {law_name}", n, by_t / repetitions, False)
            yield Row(f"beside it, bootstrap of t: {law_name}", n, resampled / repetitions, False)


def _by_bootstrap(left: Array, right: Array, generator: np.random.Generator) -> tuple[float, float]:
    """Return the interval of Efron and Tibshirani 1993, chapter 12.5, of two groups of n."""
    n = len(left)
    one, two = (side[generator.integers(0, n, (2000, n))] for side in (left, right))
    spread = np.sqrt((one.var(axis=1, ddof=1) + two.var(axis=1, ddof=1)) / n)
    difference = float(right.mean() - left.mean())
    t = (two.mean(axis=1) - one.mean(axis=1) - difference) / spread
    error = float(np.sqrt((left.var(ddof=1) + right.var(ddof=1)) / n))
    low, high = np.quantile(t, [0.025, 0.975])
    return difference - float(high) * error, difference - float(low) * error


def coverage_of_returns(repetitions: int, num_runs: tuple[int, ...] = NUM_RETURNS) -> Iterator[Row]:
    """Yield the share for interquartile means of one task, and of five tasks on one scale."""
    for law_name, law in LAWS.items():
        for n in num_runs:
            generator = np.random.default_rng([7, n, len(law_name)])

            def one(law: Law = law, n: int = n, g: np.random.Generator = generator) -> Estimate:
                return of_returns([law.draw(g, n)], [law.draw(g, n)])

            def five(law: Law = law, n: int = n, g: np.random.Generator = generator) -> Estimate:
                left, right = ([law.draw(g, n) + task for task in range(5)] for _ in range(2))
                return of_returns(left, right)

            yield Row(f"returns, one task: {law_name}", n, _share(one, 0.0, repetitions), False)
            yield Row(f"returns, 5 tasks: {law_name}", n, _share(five, 0.0, repetitions), False)


def coverage_of_blocks(repetitions: int) -> Iterator[Row]:
    """Yield the share for one run a side; `num_runs` is then the number of points."""
    for memory in (0.0, 0.5, 0.9):
        for points in (12, NUM_POINTS, 10 * NUM_POINTS):
            generator = np.random.default_rng([11, points, int(10 * memory)])

            def curves(
                memory: float = memory, points: int = points, g: np.random.Generator = generator
            ) -> Estimate:
                one, two = (_curve(g, points, memory) for _ in range(2))
                return of_blocks(one, two, 0.95)

            yield Row(f"blocks: memory {memory}", points, _share(curves, 0.0, repetitions), False)


class Promise(NamedTuple):
    """A plan and what came of it: the power promised, and the share that found the effect."""

    name: str
    num_runs: int
    promised: float
    met: float


def promises(repetitions: int) -> Iterator[Promise]:
    """Yield plans of several sizes, each carried out on simulated runs with the effect in them."""
    for paired in (True, False):
        for effect in (0.5, 1.0, 1.5, 3.0):

            def chance(n: int, effect: float = effect, paired: bool = paired) -> float:
                return power(effect, 1.0, n, paired=paired)

            n = runs_needed(chance, 0.8) or 0
            yield _kept(f"effect of {effect:g} deviations", effect, n, paired, repetitions)
        for n in (3, 5, 10):
            effect = detectable(1.0, n, paired=paired)
            yield _kept("least that is detectable", effect, n, paired, repetitions)


def _kept(name: str, effect: float, n: int, paired: bool, repetitions: int) -> Promise:
    """Return the promise of `n` runs a side, and the share of intervals that excluded none."""
    generator = np.random.default_rng([13, n, int(100 * effect), paired])
    found = 0
    for _ in range(repetitions):
        if paired:  # what the seed does is common to both, and takes no part
            seed = generator.normal(0, SHIFT, n)
            before = seed + generator.normal(0, 0.5**0.5, n)
            after = seed + effect + generator.normal(0, 0.5**0.5, n)
            estimate = of_pairs(after - before)
        else:
            estimate = of_groups(generator.normal(0, 1, n), generator.normal(effect, 1, n))
        found += not estimate.low <= 0 <= estimate.high
    kind = "pairs" if paired else "groups"
    promised = power(effect, 1.0, n, paired=paired)
    return Promise(f"{kind}: {name}", n, promised, found / repetitions)


def _share(estimate: Callable[[], Estimate], truth: float, repetitions: int) -> float:
    held = 0
    for _ in range(repetitions):
        found = estimate()
        held += found.low <= truth <= found.high
    return held / repetitions


def _curve(generator: np.random.Generator, points: int, memory: float) -> Series:
    """Return a loss that has come down, with noise whose neighbours correlate by `memory`."""
    from scipy.signal import lfilter

    noise = generator.normal(0, (1 - memory**2) ** 0.5, points + 100)
    noise = lfilter([1.0], [1.0, -memory], noise)[100:]
    step = np.arange(1.0, points + 1)
    return Series(step, np.asarray(2 + 30 * np.exp(-10 * step / points) + noise))


def main() -> int:
    """Print every share; return 1 where a promised one is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=REPETITIONS)
    repetitions = parser.parse_args().repetitions
    missed = 0
    print(f"share of 95 % intervals that hold the truth, {repetitions} repetitions")
    print(f"{'way and law of the runs':<56} {'runs':>5}  share")
    for rows in (
        coverage(repetitions),
        coverage_of_resampling(round(RESAMPLED_SHARE * repetitions)),
        coverage_of_returns(round(RESAMPLED_SHARE * repetitions)),
        coverage_of_blocks(repetitions),
    ):
        for row in rows:
            short, wide = row.share < LEAST, row.share > MOST
            missed += row.promised and (short or wide)
            told = "MISSED" if row.promised and (short or wide) else ""
            if not told and short:
                told = "warning: falls short"
            print(f"{row.name:<56} {row.num_runs:>5}  {row.share:.3f}  {told}".rstrip())
    print("\npower promised for runs a side, and the share of studies that found the effect")
    for promise in promises(repetitions):
        off = abs(promise.met - promise.promised)
        missed += off > POWER_OFF
        told = "  MISSED" if off > POWER_OFF else ""
        print(
            f"{promise.name:<56} {promise.num_runs:>5}  promised {promise.promised:.3f}  "
            f"met {promise.met:.3f}{told}"
        )
    print(f"\n{missed} promised shares missed")
    return int(missed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
