"""Runs whose printed text ends in a crash, or in none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from made_healthy import HEALTHY

from neural_trainer.runs.run import CRASH, Event, Run


def _ended(reason: str) -> Callable[[int], Run]:
    def run(seed: int) -> Run:
        healthy = HEALTHY["everything-logged"](seed)
        crash = (Event(healthy.last_step, CRASH, reason),) if reason else ()
        return replace(healthy, format="text-log", events=crash)

    return run


CRASHED: dict[str, Callable[[int], Run]] = {
    "ends-out-of-memory": _ended("cuda-out-of-memory"),
    "ends-at-an-assert": _ended("device-assert"),
    "ends-well": _ended(""),
}
