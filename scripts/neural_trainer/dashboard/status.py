"""How one run stands: what a dashboard tells of it, taken from its log."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from neural_trainer.dashboard import length
from neural_trainer.dashboard.alarms import Alarms
from neural_trainer.dashboard.machine import Machine
from neural_trainer.runs.names import better
from neural_trainer.runs.run import Run, Series

# Shown one a line where they are logged, in this order.
BESIDE = ("lr", "grad_norm", "throughput", "step_time_s", "memory_bytes")
WATCHED = ("loss", "eval/loss", "lr", "grad_norm", "throughput")  # whose lack is said
SMOOTHED_SHARE = 0.05  # of the points of a signal, by whose last ones it is smoothed
FEWEST_SMOOTHED = 5


@dataclass(frozen=True)
class Measure:
    """One signal now. now: as logged, which may be NaN; smoothed: median of the last `num_smoothed`
    finite points; best: the extreme in the direction that is better, NaN where none is.
    """

    name: str
    step: float
    now: float
    smoothed: float
    num_smoothed: int
    best: float
    best_step: float


@dataclass(frozen=True)
class Status:
    """One run now. path: what was read. state: in words; changed: when the log was written last,
    unix seconds, NaN if unknown. run None: it could not be read, state says why.
    """

    name: str
    path: str
    state: str
    changed: float
    run: Run | None
    alarms: Alarms | None
    machine: Machine | None

    @property
    def chief(self) -> str:
        """The signal that the run is drawn by; "" where it has none."""
        return "" if self.run is None else chief_signal(self.run)

    @property
    def total(self) -> float:
        """Up to which step it is to go; NaN if unknown."""
        return math.nan if self.run is None else length.total(self.run)

    @property
    def steps_per_s(self) -> float:
        """How fast it goes; NaN if unknown."""
        return math.nan if self.run is None else length.steps_per_s(self.run)

    @property
    def seconds_left(self) -> float:
        """How long it still takes; NaN if unknown."""
        return math.nan if self.run is None else length.seconds_left(self.run)

    def is_silent(self, now_s: float) -> bool:
        """Tell whether it wrote nothing for longer than its pace explains; not once it ended."""
        if self.run is None or self.state.startswith("ended"):
            return False
        return now_s - self.changed > length.silent_after_s(self.run)

    @property
    def measures(self) -> list[Measure]:
        """The chief signal, its held-out twin or the first held-out one, and those of BESIDE."""
        if self.run is None or not self.chief:
            return []
        names = [self.chief, held_out(self.run, self.chief), *BESIDE]
        series = {name: self.run.get(name) for name in dict.fromkeys(filter(None, names))}
        return [measure(name, points) for name, points in series.items() if points is not None]

    @property
    def not_logged(self) -> list[str]:
        """Which of WATCHED the log lacks."""
        return [] if self.run is None else [n for n in WATCHED if self.run.get(n) is None]


def chief_signal(run: Run) -> str:
    """Return the reward or loss of a run, else the first signal that can get better, else any."""
    for name in ("reward", "loss", "eval/reward"):
        if run.get(name) is not None:
            return name
    from neural_trainer.symptoms.roles import losses  # with all symptoms: few runs need it

    of_losses = [part.name for part in losses(run) if part.name in run.signals]
    for name in (*of_losses, "accuracy", "eval/accuracy"):
        if run.get(name) is not None:
            return name
    logged = [name for name in run.signals if run.get(name) is not None]
    return next((name for name in logged if better(name)), logged[0] if logged else "")


def held_out(run: Run, chief: str) -> str:
    """Return the held-out twin of the chief signal, else the first held-out one; "" for none."""
    twin = f"eval/{chief}"
    if run.get(twin) is not None:
        return twin
    return next((name for name, _ in run.under("eval/") if name != chief), "")


def measure(name: str, series: Series) -> Measure:
    """Return where a signal stands; `series` has a point."""
    finite = series.finite()
    n = min(max(FEWEST_SMOOTHED, round(SMOOTHED_SHARE * len(finite))), len(finite))
    smoothed = float(np.median(finite.value[-n:])) if n else math.nan
    best, best_step, direction = math.nan, math.nan, better(name)
    if direction and len(finite):
        at = int(finite.value.argmin() if direction == "lower" else finite.value.argmax())
        best, best_step = float(finite.value[at]), float(finite.step[at])
    step, now = float(series.step[-1]), float(series.value[-1])
    return Measure(name, step, now, smoothed, n, best, best_step)
