"""What a symptom returns: a finding with its numbers, and what could not be
checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from neural_trainer.runs.run import Run


@dataclass(frozen=True)
class Finding:
    """One symptom as seen in one run.

    step: where it begins. window: first and last step of the stretch that shows it.
    strength: in (0, 1], how clearly; 1 leaves no doubt that it is there.
    evidence: sentences with numbers and steps. numbers: the same, for machines. layers: the names
    of the parameters and modules that show it, where it is about layers.
    """

    symptom: str
    step: float
    window: tuple[float, float]
    strength: float
    evidence: tuple[str, ...]
    numbers: Mapping[str, float] = field(default_factory=dict)
    layers: tuple[str, ...] = ()


@dataclass(frozen=True)
class NotChecked:
    """A symptom that could not be looked for, and what it needs."""

    symptom: str
    needs: str


@dataclass(frozen=True)
class Findings:
    """All that was seen in a run, looked for and not seen, and what could not be looked for."""

    found: tuple[Finding, ...]
    absent: tuple[str, ...]
    unchecked: tuple[NotChecked, ...]

    def get(self, symptom: str) -> Finding | None:
        """Return the finding of `symptom`, or None."""
        return next((item for item in self.found if item.symptom == symptom), None)


def number(value: float) -> str:
    """Return `value` with at most four figures, for a sentence."""
    return f"{value:.4g}"


def at(run: Run, step: float) -> str:
    """Return a step for a sentence in the run's own unit: "step 412", "epoch 2.50"."""
    return f"{run.axis} {step:.0f}" if float(step).is_integer() else f"{run.axis} {step:.2f}"
