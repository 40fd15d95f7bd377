"""Scenarios that are one setup with a few of its fields changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from fault_gym.recorder import Recorder
from fault_gym.scenario import Scenario

Setup = TypeVar("Setup")


def changed(
    train: Callable[[Recorder, Setup], float],
    name: str, planted: str, goal: float, setup: Setup, *faults: dict[str, Any],
) -> Scenario:  # fmt: skip
    """Return a scenario of a setup, a dataclass, and of what each severity from 1 on changes."""

    def run(recorder: Recorder, severity: float) -> float:
        changes = faults[int(severity) - 1] if severity and faults else {}
        return train(recorder, replace(setup, **changes))  # type: ignore[type-var]

    return Scenario(name, planted, run, goal, severities=tuple(range(1, len(faults) + 1)) or (1.0,))


def own(
    name: str, planted: str, goal: float, setup: Setup,
    run: Callable[[Recorder, Setup, float], float],
) -> Scenario:  # fmt: skip
    """Return a scenario of a program of its own."""
    return Scenario(name, planted, lambda recorder, severity: run(recorder, setup, severity), goal)
