"""Ratios that a benchmark reports on a simulated device are those of the device."""

from __future__ import annotations

import random
import sys
from functools import partial
from pathlib import Path
from subprocess import TimeoutExpired


def grade(folder: Path) -> str | None:
    """None where the ratios are right, else what is not."""
    from forked import run

    try:
        ran = run([__file__], folder, 60)
    except TimeoutExpired:
        return "took more than 60 s"
    if ran.returncode == 0 and ran.stdout.endswith("held\n"):
        return None
    return (ran.stderr.strip().splitlines() or ["ended without a word"])[-1]


class Device:
    """Work is queued at once and done at the next sync; it warms up, slows down and stumbles."""

    def __init__(self, costs: dict[str, float], seed: int) -> None:
        self.costs, self.source = costs, random.Random(seed)
        self.now, self.free_at, self.heat = 0.0, 0.0, 0.0
        self.calls = dict.fromkeys(costs, 0)

    def launch(self, name: str) -> None:
        cost = self.costs[name] * (1 + 0.5 * self.heat)  # down to two thirds of the clock rate
        self.calls[name] += 1
        if self.calls[name] <= 3:
            cost += 2.0 / self.calls[name]
        if self.source.random() < 0.02:
            cost *= self.source.uniform(10, 40)
        self.heat += (1 - self.heat) * self.costs[name] * 0.8
        self.now += 2e-5
        self.free_at = max(self.free_at, self.now) + cost

    def sync(self) -> None:
        self.now = max(self.now, self.free_at) + 1e-5

    def clock(self) -> float:
        return self.now


def check() -> None:
    """Raise on the first ratio that is off."""
    sys.path.insert(0, str(Path.cwd()))
    from solution import measure

    for seed, costs in enumerate(
        (
            {"a": 0.0100, "b": 0.0110},
            {"a": 0.0105, "b": 0.0100},
            {"a": 0.010, "b": 0.008, "c": 0.012},
            {"same": 0.010, "again": 0.010},
        )
    ):
        for attempt in range(5):
            device = Device(costs, 10 * seed + attempt)
            variants = {name: partial(device.launch, name) for name in costs}
            found = measure(variants, device.sync, device.clock)
            assert set(found) == set(costs), f"names {sorted(found)}"
            first = next(iter(costs))
            for name, cost in costs.items():
                assert 0.9 * cost < found[name] < 1.7 * cost, f"{found[name]:.4g} s for {cost:g} s"
                ratio, true = found[name] / found[first], cost / costs[first]
                off = ratio / true - 1
                assert abs(off) < 0.06, f"ratio {ratio:.3f} where it is {true:.3f}: {off:+.0%}"
            most = max(device.calls.values())
            assert most < 2000, f"{most} calls for 30 rounds"


if __name__ == "__main__":
    check()
    print("held")
