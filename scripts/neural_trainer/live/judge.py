"""The online judge: diagnoses a run while it grows and says what is new and what has passed."""

from __future__ import annotations

import math
import time
from array import array
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from neural_trainer.diagnosis.chances import WELL
from neural_trainer.live.standing import Standing
from neural_trainer.runs.layers import Layers
from neural_trainer.runs.names import assign
from neural_trainer.runs.run import JSON_LINES, Run, Series

if TYPE_CHECKING:
    from neural_trainer.diagnosis import Report
    from neural_trainer.symptoms import Finding

Verdict = Callable[[Run], "tuple[Report, Sequence[Finding]]"]
"""What is said of a run, and which of its findings are alarms."""

FIRST_POINTS = 20  # steps; fewer tell little of a run that goes on
GROWTH = 1.05  # a judgement reads the whole run, so a share of new points keeps the cost linear
# Of the run's time for judgements, beyond what is free: a quarter of the 2 % that the trainer may
# cost (benchmarks/train_throughput.py).
SHARE = 0.005
FREE_S = 2.0  # beside a training: a run of a minute is judged as closely as a long one
FREE_WITHIN_S = 0.1  # where the training waits for it: twenty judgements or so, a tenth of a second


class Judge:
    """Keeps the signals of a run as they are logged and diagnoses them at set sizes.

    A step is judged when it is complete, that is when the next one begins or the run ends, so
    that an alarm at step s is what `diagnose` says of metrics.jsonl up to s. The first loss that
    is not finite is judged at once. `emit` takes the lines of alerts.jsonl, without their time:
    id and symptom, state (raised, updated, cleared), cause, confidence, message, size, worse, step.
    """

    def __init__(
        self,
        emit: Callable[[dict[str, Any]], None],
        *,
        name: str = "",
        config: Mapping[str, Any] | None = None,
        verdict: Verdict | None = None,
        layers: Callable[[], Layers | None] = lambda: None,
        free_s: float = FREE_S,
        stopwatch: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Judge with `verdict`, by default the whole diagnosis.

        layers: what has been measured by layer so far. free_s: for judgements before they may take
        no more than SHARE of the run's time. stopwatch: seconds.
        """
        self._layers, self._free_s = layers, free_s
        self._stopwatch = stopwatch
        self._started = stopwatch()
        self._spent_s = 0.0
        self._verdict = verdict if verdict is not None else whole_diagnosis()
        self._emit = emit
        self._name = name
        self._config = dict(config or {})
        self._columns: dict[str, _Column] = {}
        self._standing = Standing()
        self._num_steps = 0
        self._due_at = FIRST_POINTS
        self._last_step = -math.inf
        self._loss_broken = False
        self._read: Run | None = None
        self.report: Report | None = None

    def observe(self, step: int, at_s: float, values: Mapping[str, float]) -> None:
        """Take one line of metrics.jsonl; judge when one is due."""
        if self._begins(step):
            self._judge()
        self._take(step, at_s, values)
        if not self._loss_broken and not math.isfinite(values.get("loss", 0.0)):
            self._loss_broken = True
            self._judge()

    def recall(self, step: int, at_s: float, values: Mapping[str, float]) -> None:
        """Take one line that an earlier process wrote and judged."""
        self._begins(step)
        self._take(step, at_s, values)
        self._loss_broken = self._loss_broken or not math.isfinite(values.get("loss", 0.0))

    def consider(self, run: Run) -> None:
        """Judge a run that was read from its log, when one is due by what it has grown."""
        num_points = max((len(series) for series in run.signals.values()), default=0)
        if num_points < self._num_steps:  # another run in its place
            self._due_at = FIRST_POINTS
        loss = run.get("loss")
        broken = loss is not None and not np.isfinite(loss.value).all()
        news = broken and not self._loss_broken
        self._read, self._num_steps, self._loss_broken = run, num_points, broken
        self._last_step = run.last_step
        if news or (num_points >= self._due_at and self._has_time()):
            self._due_at = max(num_points + 1, math.ceil(num_points * GROWTH))
            self._judge()

    def recall_alarm(self, alarm: Mapping[str, Any]) -> None:
        """Take one line of the alerts.jsonl that an earlier process left."""
        self._standing.recall(alarm)

    def finish(self) -> Report | None:
        """Judge the whole run once more and return the report; None for a run without points."""
        if self._num_steps:
            self._judge()
        return self.report

    def run(self) -> Run:
        """Return what has been logged so far as a Run."""
        if self._read is not None:
            return self._read
        logged = {own: column.series() for own, column in self._columns.items()}
        # The same names that the readers give, so that a user's val_loss is eval/loss here too.
        given = assign({own: len(series) for own, series in logged.items()})
        layers = self._layers()
        return Run(
            name=self._name,
            source=self._name,
            format=JSON_LINES,
            signals={given[own]: series for own, series in logged.items()},
            logged_as={given[own]: own for own in logged},
            config=self._config,
            layers=None if layers is None else layers.until(self._last_step),
        )

    def _begins(self, step: int) -> bool:
        """Return whether `step` completes one before it at which a judgement is due."""
        if step <= self._last_step:
            return False
        due = self._num_steps >= self._due_at and self._has_time()
        if due:
            self._due_at = max(self._num_steps + 1, math.ceil(self._num_steps * GROWTH))
        return due

    def _has_time(self) -> bool:
        return self._spent_s <= self._free_s + SHARE * (self._stopwatch() - self._started)

    def _take(self, step: int, at_s: float, values: Mapping[str, float]) -> None:
        if step > self._last_step:
            self._num_steps += 1
            self._last_step = step
        for name, value in values.items():
            self._columns.setdefault(name, _Column()).append(step, value, at_s)

    def _judge(self) -> None:
        begun = self._stopwatch()
        self.report, findings = self._verdict(self.run())
        self._spent_s += self._stopwatch() - begun
        step, well = int(self._last_step), self.report.verdict in WELL
        for line in self._standing.news(findings, self.report.root_causes, step, well):
            self._emit(line)


def whole_diagnosis() -> Verdict:
    """Return what judges by all symptoms and causes; they are imported only here."""
    from neural_trainer.diagnosis import alarms, diagnose

    def verdict(run: Run) -> tuple[Report, Sequence[Finding]]:
        report = diagnose(run)
        return report, alarms(report)

    return verdict


class _Column:
    """One signal as it grows: steps, values and clock, 24 bytes a point."""

    def __init__(self) -> None:
        self._step, self._value, self._time = array("d"), array("d"), array("d")
        self._ordered = True

    def append(self, step: float, value: float, time: float) -> None:
        """Add a point; the same step again replaces the value."""
        if self._step and step <= self._step[-1]:
            if step == self._step[-1]:
                self._value[-1], self._time[-1] = value, time
                return
            self._ordered = False
        self._step.append(step)
        self._value.append(value)
        self._time.append(time)

    def series(self) -> Series:
        """Return a copy in order of step, of which the last value logged at a step is kept."""
        step, value, time = np.array(self._step), np.array(self._value), np.array(self._time)
        if not self._ordered:
            step, first_from_end = np.unique(step[::-1], return_index=True)
            last = len(value) - 1 - first_from_end
            value, time = value[last], time[last]
        return Series(step, value, time)
