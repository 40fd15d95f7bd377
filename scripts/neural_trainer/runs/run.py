"""What a log of any format becomes: a Run of Series, each signal at its own steps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from neural_trainer.runs.layers import Layers

Array = NDArray[np.float64]
CRASH = "crash"  # the kind of the event that ended a run
JSON_LINES = "json-lines"  # the format of metrics.jsonl: what is judged as it is written has it


@dataclass(frozen=True, eq=False)
class Series:
    """One signal at the steps where it was logged, in order of step.

    step: (n,) float64, strictly increasing. value: (n,) float64; NaN and Inf were logged as such.
    time: (n,) float64, seconds, where the log carries a clock; its zero is the log's own.
    """

    step: Array
    value: Array
    time: Array | None = None

    def __len__(self) -> int:
        return len(self.step)

    @cached_property
    def is_finite(self) -> bool:
        """Whether every value is finite."""
        return bool(np.isfinite(self.value).all())

    def finite(self) -> Series:
        """Return the points whose value is finite."""
        return self if self.is_finite else self.where(np.isfinite(self.value))

    def where(self, keep: NDArray[np.bool_]) -> Series:
        """Return the points for which `keep`, (n,), holds."""
        return Series(
            self.step[keep], self.value[keep], None if self.time is None else self.time[keep]
        )

    def until(self, step: float) -> Series:
        """Return the points up to and including `step`."""
        return self.where(self.step <= step)

    def at(self, step: float) -> float:
        """Return the last value logged at or before `step`; NaN where there is none."""
        index = int(np.searchsorted(self.step, step, side="right")) - 1
        return float(self.value[index]) if index >= 0 else float("nan")


@dataclass(frozen=True)
class Event:
    """Something that happened to the run and is no number: a restart, a resume, a crash.

    text: of a crash the id of its reason (runs/crash_reasons.py).
    """

    step: float
    kind: str
    text: str = ""


@dataclass(frozen=True)
class Run:
    """One training run as its log tells it.

    signals: canonical names (runs/names.py) where a metric has one, else its own name.
    logged_as: for each signal, the name it has in the log.
    axis: what `step` counts, "step", "epoch", "episode" …
    notes: what could not be read, and where, for people.
    layers: the statistics of each layer, None where none were measured.
    """

    name: str
    source: str
    format: str
    signals: Mapping[str, Series]
    logged_as: Mapping[str, str] = field(default_factory=dict)
    axis: str = "step"
    config: Mapping[str, Any] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    notes: tuple[str, ...] = ()
    layers: Layers | None = None

    def get(self, name: str) -> Series | None:
        """Return the signal `name`, or None where it was not logged or holds no point."""
        series = self.signals.get(name)
        return series if series is not None and len(series) else None

    def under(self, prefix: str) -> Iterator[tuple[str, Series]]:
        """Yield the signals whose name begins with `prefix`, by name."""
        for name in sorted(name for name in self.signals if name.startswith(prefix)):
            if len(self.signals[name]):
                yield name, self.signals[name]

    def until(self, step: float) -> Run:
        """Return the run as it stood at `step`."""
        return replace(
            self,
            signals={name: series.until(step) for name, series in self.signals.items()},
            events=tuple(event for event in self.events if event.step <= step),
            layers=None if self.layers is None else self.layers.until(step),
        )

    def only(self, names: Iterable[str]) -> Run:
        """Return the run with the signals `names` alone, in their order."""
        return replace(self, signals={name: self.signals[name] for name in names})

    @property
    def last_step(self) -> float:
        """The largest step at which anything was logged; NaN for a run without points."""
        return max(
            (float(s.step[-1]) for s in self.signals.values() if len(s)), default=float("nan")
        )


def compact(run: Run) -> Run:
    """Return a run that holds its points alone, equal steps and times of signals once.

    What readers return may be a part of more.
    """
    kept: dict[tuple[int, float, float], list[Array]] = {}

    def once(column: Array) -> Array:
        key = (len(column), float(column[0]), float(column[-1])) if len(column) else (0, 0.0, 0.0)
        for held in kept.setdefault(key, []):
            if np.array_equal(held, column):
                return held
        kept[key].append(column.copy())
        return kept[key][-1]

    signals = {
        name: Series(
            once(series.step), series.value.copy(),
            None if series.time is None else once(series.time),
        )
        for name, series in run.signals.items()
    }  # fmt: skip
    return replace(run, signals=signals)
