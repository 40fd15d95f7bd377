"""The Monitor that sits in a training loop: it records each step and judges the run as it goes."""

from __future__ import annotations

import contextlib
import math
import time
import warnings
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from neural_trainer.errors import ConfigError, RunRefused
from neural_trainer.live.grad_norm import LastStep
from neural_trainer.live.judge import Judge
from neural_trainer.live.provenance import masked, plain, provenance
from neural_trainer.live.registry import Registered, register
from neural_trainer.live.run_folder import (
    ALERTS_FILE,
    METRICS_FILE,
    RUN_FILE,
    SCHEMA,
    SUMMARY_FILE,
    TENSORBOARD_FOLDER,
    LineFile,
    holds_run,
    jsonable,
    read_lines,
    write_json,
)
from neural_trainer.live.sinks import Sink, TensorBoardSink
from neural_trainer.live.summary import Extremes

RESERVED = ("step", "time")  # keys of a line that are no metrics


class Monitor:
    """Records a training run in a folder, a line a step, and raises alarms in alerts.jsonl.

    >>> with Monitor("runs/a", optimizer=optimizer, config=config) as monitor:  # doctest: +SKIP
    ...     for inputs, targets in loader:
    ...         loss = train_step(inputs, targets)
    ...         monitor.step(loss, samples=len(inputs))

    Once it stands it never stops a training: a disk that is full, a sink or a judgement that
    fails is told once as a warning, noted in summary.json, and given up.
    """

    def __init__(
        self,
        folder: str | Path,
        model: Any = None,
        optimizer: Any = None,
        config: Any = None,
        *,
        data: Any = None,
        tensorboard: bool = False,
        sinks: Iterable[Sink] = (),
        judge: bool = True,
        resume: bool = False,
        clock: Callable[[], float] = time.time,
        stopwatch: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Make the folder, write run.json and enter the run in the project's registry.

        optimizer: a torch optimizer; lr and gradient norm are taken as it steps. model: its
        parameters are counted. config: what can be set, for `diagnose`; data: what is known of
        the data (sizes, classes, vocabulary), for run.json; secrets in either are masked.
        resume: append to the run in the folder. clock, stopwatch: seconds, since 1970 and of an
        interval. Raises RunRefused where the folder holds a run, MissingPackage, OSError.
        """
        self.folder = Path(folder)
        self.step_number = 0
        self._clock, self._stopwatch = clock, stopwatch
        self._notes: list[str] = []
        self._started = clock()
        self._extremes = Extremes()
        self._metrics: LineFile | None = _claimed(self.folder, resume)
        self._sinks = list(sinks)
        if tensorboard:
            self._sinks.append(TensorBoardSink(self.folder / TENSORBOARD_FOLDER))
        kept = masked(plain(config))
        self._alerts: LineFile | None = None
        self._judge: Judge | None = None
        if judge:
            known = kept if isinstance(kept, dict) else {}
            self._judge = Judge(self._alarm, name=self.folder.name, config=known)
        if resume:
            self._recall()
        else:
            self._write_run_file(model, kept, data)
        self._last_step = None if optimizer is None else LastStep(optimizer)
        self._went_on: float | None = None
        self._closed = False

    def step(self, loss: Any, samples: int | None = None, **more: Any) -> None:
        """Record one optimizer step that has been taken; steps count from 1.

        loss: a number or a tensor of one element. samples: examples in the batch, for throughput
        (samples a second). more: further metrics; `grad_norm` and `lr` given here win over what
        is taken from the optimizer, whose gradients are already clipped where the loop clips.
        """
        values: dict[str, Any] = {"loss": loss}
        if self._last_step is not None:
            values.update(self._last_step.take())
        numbers = self._numbers({**values, **more})
        if self._went_on is not None:
            # Taken now that the device has been waited for: before, it had only been asked.
            seconds = self._stopwatch() - self._went_on
            numbers.setdefault("step_time_s", seconds)
            if samples is not None and seconds > 0:
                numbers.setdefault("throughput", samples / seconds)
        numbers["finite"] = float(
            all(math.isfinite(numbers[name]) for name in ("loss", "grad_norm") if name in numbers)
        )
        self.step_number += 1
        self._record(self.step_number, numbers)
        # The time spent on writing and judging is not the training's.
        self._went_on = self._stopwatch()

    def evaluate(self, **metrics: Any) -> None:
        """Record metrics of held-out data at the current step: loss=2.1 becomes eval/loss."""
        self.log(**{f"eval/{name}": value for name, value in metrics.items()})

    def log(self, step: int | None = None, **metrics: Any) -> None:
        """Record metrics under their own names, at the current step if none is given."""
        self._record(self.step_number if step is None else step, self._numbers(metrics))
        # What came before this call was not a step of training alone: leave its time out.
        self._went_on = None

    def close(self) -> None:
        """Judge once more, write summary.json and let go of the optimizer; again does nothing."""
        self._finish("completed")

    def __enter__(self) -> Monitor:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._finish("completed" if kind is None else f"stopped by {kind.__name__}")

    def _numbers(self, values: Mapping[str, Any]) -> dict[str, float]:
        """Return the values as floats; the one place where a device is waited for."""
        numbers = {}
        for name, value in values.items():
            if name in RESERVED:
                raise ConfigError(
                    f"a metric is called {name!r}, which is what a line of {METRICS_FILE} is "
                    f"filed under; give it another name"
                )
            try:
                detach = getattr(value, "detach", None)
                numbers[name] = float(value if detach is None else detach())
            except (TypeError, ValueError, RuntimeError) as error:
                self._note(f"metric {name} left out, it is no number: {error}")
        return numbers

    def _record(self, step: int, numbers: Mapping[str, float]) -> None:
        """Write one line, then hand the same numbers to the sinks and to the judge."""
        now = self._clock()
        self._extremes.observe(step, numbers)
        if self._metrics is not None:
            line = {name: jsonable(value) for name, value in numbers.items()}
            try:
                self._metrics.append({"step": step, "time": now, **line})
            except OSError as error:
                self._metrics.close()
                self._metrics = None
                self._note(f"recording stopped at step {step}: {error}")
        for sink in list(self._sinks):
            try:
                sink(step, numbers)
            except Exception as error:  # a stranger's code must not end the training
                self._sinks.remove(sink)
                self._note(f"sink dropped at step {step}: {error!r}")
        if self._judge is not None:
            try:
                self._judge.observe(step, now, numbers)
            except Exception as error:  # nor must a fault of our own
                self._judge = None
                self._note(f"judging stopped at step {step}: {error!r}")

    def _alarm(self, alarm: Mapping[str, Any]) -> None:
        if self._alerts is None:
            self._alerts = LineFile(self.folder / ALERTS_FILE)
        self._alerts.append({**alarm, "time": self._clock()})

    def _note(self, text: str) -> None:
        """Say once, as a warning and in summary.json, that something was given up."""
        if text in self._notes:
            return
        self._notes.append(text)
        # Under `python -W error` a warning is raised; the training goes on all the same.
        with contextlib.suppress(RuntimeWarning):
            warnings.warn(f"neural-trainer: {self.folder}: {text}", RuntimeWarning, stacklevel=4)

    def _write_run_file(self, model: Any, config: Any, data: Any) -> None:
        project = Path.cwd()
        record = {
            "schema": SCHEMA,
            "name": self.folder.name,
            "started": self._started,
            **provenance(config, project),
            "data": masked(plain(data)),
            "measured": {
                "grad_norm": "L2 over all parameters of the optimizer as it steps, after any "
                "clipping unless the loop passed it; absent where no optimizer was given"
            },
        }
        if model is not None:
            sizes = [(p.numel(), p.requires_grad) for p in model.parameters()]
            record["num_parameters"] = sum(size for size, _ in sizes)
            record["num_trainable_parameters"] = sum(size for size, trains in sizes if trains)
        write_json(self.folder / RUN_FILE, record)
        try:
            register(project, Registered(self.folder, self.folder.name, self._started))
        except OSError as error:
            self._note(f"not entered in the project's registry: {error}")

    def _recall(self) -> None:
        """Take up the steps, extremes and signals of the run that is being resumed."""
        for line in read_lines(self.folder / METRICS_FILE):
            step, when = int(line.pop("step")), float(line.pop("time"))
            numbers = {name: float(value) for name, value in line.items()}
            self.step_number = max(self.step_number, step)
            self._extremes.observe(step, numbers)
            if self._judge is not None:
                self._judge.recall(step, when, numbers)
        for alarm in read_lines(self.folder / ALERTS_FILE):
            if self._judge is not None:
                self._judge.recall_alarm(alarm)

    def _finish(self, ended: str) -> None:
        if self._closed:
            return
        self._closed = True
        if self._last_step is not None:
            self._last_step.release()
        report = None
        if self._judge is not None:
            try:
                report = self._judge.finish()
            except Exception as error:  # as in _record
                self._note(f"judging failed at the end: {error!r}")
        for sink in self._sinks:
            close = getattr(sink, "close", None)
            if close is not None:
                try:
                    close()
                except Exception as error:  # as in _record
                    self._note(f"sink failed at its close: {error!r}")
        for file in (self._metrics, self._alerts):
            if file is not None:
                file.close()
        summary = {
            "schema": SCHEMA,
            "ended": ended,
            "duration_s": self._clock() - self._started,
            **self._extremes.summary(),
        }
        if report is not None:
            summary["verdict"] = report.verdict
            if report.verdict == "faulty" and report.root_causes:
                summary["cause"] = report.root_causes[0].cause
                summary["confidence"] = float(report.root_causes[0].confidence)
        try:
            write_json(self.folder / SUMMARY_FILE, {**summary, "notes": self._notes})
        except OSError as error:
            self._note(f"no {SUMMARY_FILE}: {error}")


def _claimed(folder: Path, resume: bool) -> LineFile:
    """Make the folder and open its metrics. Raises RunRefused where that would mix two runs."""
    path = folder / METRICS_FILE
    if resume:
        if not path.exists():
            raise RunRefused(f"{folder} holds no {METRICS_FILE} to resume; leave out resume=True")
        return LineFile(path)
    refusal = f"{folder} already holds a run; name another folder, or pass resume=True to append"
    if holds_run(folder):
        raise RunRefused(refusal)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        return LineFile(path, new=True)
    except FileExistsError as error:  # another process was first
        raise RunRefused(refusal) from error
