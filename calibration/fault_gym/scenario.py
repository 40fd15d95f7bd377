"""A scenario: one training program with one fault planted, or with none."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from fault_gym.recorder import Recorder

Part = Literal["fitted", "held_out"]
HEALTHY = "healthy"


@dataclass(frozen=True)
class Scenario:
    """One program.

    name: of the task, the model and what is planted; unique in its family. planted: the id of the
    cause (docs/faults.md), or "healthy" where the run only looks ill or is plainly sound. same_as:
    ids that are as right an answer, declared beforehand. run(recorder, severity) trains, a few
    hundred steps in a few seconds of one core, and returns a score of its own, higher is better:
    at severity 0 the same program with the fault mended, which reaches `goal`; at each of
    `severities`, which are above 0, the fault is live and the score stays under it. A healthy
    scenario reaches it at each of them.
    """

    name: str
    planted: str
    run: Callable[[Recorder, float], float]
    goal: float
    same_as: tuple[str, ...] = ()
    severities: tuple[float, ...] = (1.0,)

    @property
    def accepted(self) -> tuple[str, ...]:
        """The ids that count as right."""
        return (self.planted, *self.same_as)


def families(part: Part) -> Iterator[tuple[str, tuple[Scenario, ...]]]:
    """Yield the name and the scenarios of each family; each is a module with SCENARIOS."""
    package = importlib.import_module(f"fault_gym.{part}")
    for found in sorted(pkgutil.iter_modules(package.__path__), key=lambda module: module.name):
        module = importlib.import_module(f"fault_gym.{part}.{found.name}")
        if hasattr(module, "SCENARIOS"):
            yield found.name, module.SCENARIOS
