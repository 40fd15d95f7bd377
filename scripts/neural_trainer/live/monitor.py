"""The Monitor that sits in a training loop: it records each step and judges the run as it goes."""

from __future__ import annotations

import contextlib
import time
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

from neural_trainer.errors import ConfigError
from neural_trainer.live.claim import beginning, claimed, let_go
from neural_trainer.live.launched import launched
from neural_trainer.live.line import finished, sorted_out
from neural_trainer.live.masking import masked
from neural_trainer.live.pace import Pace
from neural_trainer.live.plain_config import plain
from neural_trainer.live.ranks import Ranks
from neural_trainer.live.run_folder import (
    ALERTS_FILE,
    LAYERS_FILE,
    METRICS_FILE,
    SUMMARY_FILE,
    TENSORBOARD_FOLDER,
    LineFile,
    holds_run,
    read_lines,
)
from neural_trainer.live.run_record import write_run_file, write_summary
from neural_trainer.live.sinks import Sink, Sinks, tensorboard_sink, wandb_sink
from neural_trainer.live.summary import Extremes

if TYPE_CHECKING:
    from contextlib import ExitStack

    from neural_trainer.layers.transfer import Transfer
    from neural_trainer.live.judge import Judge
    from neural_trainer.live.layers_writer import LayersWriter
    from neural_trainer.live.model_watch import Later, ModelWatch
    from neural_trainer.runs.layers import Layers

RESERVED = ("step", "time")  # keys of a line that are no metrics
EVERY = 10  # steps from one complete set of statistics to the next
BUDGET = 0.01  # share of the training's time for complete sets, where they are adaptive


class Monitor:
    """Records a training run in a folder, a line a step, and raises alarms in alerts.jsonl.

    >>> with Monitor("runs/a", model, optimizer, config) as monitor:  # doctest: +SKIP
    ...     for inputs, targets in loader:
    ...         loss = train_step(inputs, targets)
    ...         monitor.step(loss, samples=len(inputs))

    Once it stands it never stops a training: a disk that is full, a sink, a measurement or a
    judgement that fails is told once as a warning, noted in summary.json, and given up. On a CUDA
    device no step waits for the device: its line is written when its numbers have come, which the
    next steps look for. In a distributed run every rank makes a Monitor on the same folder: rank 0
    writes for all, the others only their own losses, norms and times.

    Under `neural-trainer launch` the first Monitor fills the folder that launch made, whatever
    `folder` says, and leaves judging to launch; at a restart it appends, from step 1 on unless
    `resume`.
    """

    def __init__(
        self,
        folder: str | Path,
        model: Any = None,
        optimizer: Any = None,
        config: Any = None,
        *,
        data: Any = None,
        every: int | Literal["auto"] = EVERY,
        budget: float = BUDGET,
        activations: bool | Sequence[str] = False,
        tensorboard: bool = False,
        wandb: bool | Mapping[str, Any] = False,
        sinks: Iterable[Sink] = (),
        judge: bool = True,
        resume: bool = False,
        transfer: Transfer | None = None,
        clock: Callable[[], float] = time.time,
        stopwatch: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Make the folder, write run.json and enter the run in the project's registry.

        model, optimizer: of torch; a list of optimizers where there are several, or none: what
        steps the model's parameters is found. every: steps from one complete set of
        statistics by layer to the next; "auto" lets the sets cost `budget` of the training's time.
        activations: watch module outputs too: True, or patterns of module names as in a shell.
        config: what can be set, for `diagnose`; data: what is known of the data (sizes, classes,
        vocabulary), for run.json; secrets in either are masked. wandb: True, or what wandb.init
        takes. resume: append to the run in the folder. transfer: carries numbers from the device.
        clock, stopwatch: seconds, since 1970 and of an interval. Raises RunRefused where the
        folder holds a run or cannot be written, ConfigError, MissingPackage.
        """
        if every != "auto" and every < 1:
            raise ConfigError(f"Monitor(every={every}): expected 1 or more steps, or 'auto'")
        self.step_number = 0
        self._clock, self._stopwatch = clock, stopwatch
        self._notes: list[str] = []
        self._started = clock()
        self._extremes = Extremes()
        self._ranks = Ranks(Path(folder))
        under = launched(self._ranks.rank)
        self.folder = Path(folder) if under is None else under.folder
        appends = resume if under is None else under.attempt > 1 and holds_run(self.folder)
        resume = resume and appends
        self._is_main = self._ranks.rank == 0
        kept = masked(plain(config))
        judge = judge and self._is_main and under is None
        self._pace = Pace(None if every == "auto" else every, budget)
        self._transfer, self._everywhere = transfer, transfer is not None
        self._metrics: LineFile | None = None
        self._alerts: LineFile | None = None
        self._layers: LayersWriter | None = None
        self._watch: ModelWatch | None = None
        given = optimizer if isinstance(optimizer, (list, tuple)) else [optimizer]
        with beginning(self.folder) as undo:
            self._metrics = metrics = claimed(self.folder, appends, self._ranks.rank)
            undo.callback(let_go, metrics, appends)
            self._judge = self._new_judge(kept) if judge else None
            self._sinks = self._opened(tensorboard, wandb, sinks) if self._is_main else None
            if self._sinks is not None:
                undo.callback(self._sinks.close)
            if resume:
                self._recall(metrics)
            elif self._is_main:
                write_run_file(self.folder, self._started, model, kept, data, self._note, undo)
            if model is not None or optimizer is not None:
                self._watch = self._new_watch(
                    model, [one for one in given if one is not None], activations, appends, undo
                )
        self._went_on: float | None = None
        self._closed = False

    def step(self, loss: Any, samples: int | None = None, **more: Any) -> None:
        """Record one optimizer step that has been taken; steps count from 1.

        loss: a number or a tensor of one element. samples: examples in the batch, for throughput
        (samples a second). more: further metrics; `grad_norm` and `lr` given here win over what
        is seen of the optimizer.
        """
        self.step_number += 1
        step, now, begun = self.step_number, self._clock(), self._stopwatch()
        values: dict[str, Any] = {"loss": loss}
        if self._watch is not None:
            values.update(self._took(self._watch, step))
        if self._went_on is not None:
            seconds = begun - self._went_on
            values.setdefault("step_time_s", seconds)
            if samples is not None and seconds > 0:
                values.setdefault("throughput", samples / seconds)
            self._pace.observe_step(seconds)
        self._send(step, now, {**values, **more}, is_step=True)
        self._pace.observe_upkeep(self._stopwatch() - begun)
        if self._watch is not None:
            self._send_layers(self._watch, step, now)
        # The time spent on writing and judging is not the training's.
        self._go_on()

    def evaluate(self, **metrics: Any) -> None:
        """Record metrics of held-out data at the current step: loss=2.1 becomes eval/loss."""
        seen: dict[str, Any] = {} if self._watch is None else self._watch.evaluated()
        self.log(**seen, **{f"eval/{name}": value for name, value in metrics.items()})

    def log(self, step: int | None = None, *, grads: Any = None, **metrics: Any) -> None:
        """Record metrics under their own names, at the current step if none is given.

        grads: any nest of arrays (numpy, jax, torch): their norms are recorded too.
        """
        if grads is not None:
            from neural_trainer.live.tree_norms import tree_norms

            metrics = {**tree_norms(grads), **metrics}
        at: Any = self.step_number if step is None else step
        at = int(at) if at == int(at) else float(at)  # numpy's numbers are no JSON
        self._send(at, self._clock(), metrics, is_step=False)
        # What came before this call was not a step of training alone: leave its time out.
        self._go_on()
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

    def _go_on(self) -> None:
        self._went_on = self._stopwatch()
        if self._watch is not None:
            self._watch.go_on()

    def _send(self, step: int, now: float, values: Mapping[str, Any], *, is_step: bool) -> None:
        """Record a line as soon as all of its numbers are here, after those before it."""
        for name in values:
            if name in RESERVED:
                raise ConfigError(
                    f"a metric is called {name!r}, which is what a line of {METRICS_FILE} is "
                    f"filed under; give it another name"
                )
        line = sorted_out(values, self._everywhere, self._note)

        def complete(arrived: Mapping[str, float]) -> None:
            numbers = {**line.here, **arrived}
            self._record(step, now, finished(numbers, line.limits) if is_step else numbers)

        if not line.there:
            if self._transfer is None:
                complete({})
            else:
                self._transfer.arrived()
                self._transfer.later(partial(complete, {}))
            return
        from neural_trainer.layers.reductions import stacked

        transfer = self._carrier()
        transfer.arrived()
        names = list(line.there)
        transfer.send(
            stacked(line.there.values()),
            lambda numbers: complete(dict(zip(names, numbers.tolist(), strict=True))),
        )

    def _took(self, watch: ModelWatch, step: int) -> dict[str, Any]:
        try:
            return watch.took(step)
        except Exception as error:  # a fault of ours must not end the training
            watch.release()
            self._watch = None
            self._on_watch_error("the optimizer's steps", error)
            return {}

    def _send_layers(self, watch: ModelWatch, step: int, now: float) -> None:
        started = self._stopwatch()
        try:
            later = watch.layers(step)
            if later is None or self._layers is None:
                return
            self._carrier().send(
                later.numbers, lambda arrived: self._record_layers(step, now, later, arrived)
            )
            watch.look_for_changes(step)
        except Exception as error:  # as in _took
            self._give_up_layers(step, error)
        self._pace.observe_cost(watch.take_cost() + self._stopwatch() - started)

    def _record_layers(self, step: int, now: float, later: Later, arrived: Any) -> None:
        if self._layers is not None:
            try:
                self._layers.describe(later.parameters, later.modules)
                self._layers.append(step, now, later.row(arrived))
            except Exception as error:  # a disk that is full, say
                self._give_up_layers(step, error)

    def _give_up_layers(self, step: int, error: Exception) -> None:
        if self._layers is not None:
            self._layers.close()
            self._layers = None
        self._note(f"statistics by layer stopped at step {step}: {error!r}")

    def _carrier(self) -> Transfer:
        if self._transfer is None:
            from neural_trainer.layers.transfer import Transfer

            self._transfer = Transfer()
        return self._transfer

    def _record(self, step: int, now: float, numbers: Mapping[str, float]) -> None:
        """Write one line, then hand the same numbers to the sinks and to the judge."""
        self._extremes.observe(step, numbers)
        if self._metrics is not None:
            try:
                self._metrics.append_numbers(step, now, numbers)
            except OSError as error:
                self._metrics.close()
                self._metrics = None
                self._note(f"recording stopped at step {step}: {error}")
        if self._sinks is not None:
            self._sinks.write(step, numbers)
        if self._judge is not None:
            try:
                self._judge.observe(step, now, numbers)
            except Exception as error:  # a fault of ours must not end the training
                self._judge = None
                self._note(f"judging stopped at step {step}: {error!r}")

    def _alarm(self, alarm: Mapping[str, Any]) -> None:
        if self._alerts is None:
            self._alerts = LineFile(self.folder / ALERTS_FILE)
        self._alerts.append({**alarm, "time": self._clock()})
        if alarm["state"] == "raised":
            self._pace.look_closely(self.step_number)

    def _note(self, text: str) -> None:
        """Say once, as a warning and in summary.json, that something was given up."""
        if text in self._notes:
            return
        self._notes.append(text)
        # Under `python -W error` a warning is raised; the training goes on all the same.
        with contextlib.suppress(RuntimeWarning):
            warnings.warn(f"neural-trainer: {self.folder}: {text}", RuntimeWarning, stacklevel=4)

    def _new_judge(self, config: Any) -> Judge:
        from neural_trainer.live.judge import FREE_WITHIN_S, Judge  # brings all symptoms and causes

        known = config if isinstance(config, dict) else {}
        return Judge(
            self._alarm, name=self.folder.name, config=known, layers=self._measured_layers,
            free_s=FREE_WITHIN_S, stopwatch=self._stopwatch,
        )  # fmt: skip

    def _measured_layers(self) -> Layers | None:
        """Return what layers.bin holds so far; None where nothing is written to it."""
        return None if self._layers is None else self._layers.written()

    def _opened(
        self, tensorboard: bool, wandb: bool | Mapping[str, Any], sinks: Iterable[Sink]
    ) -> Sinks:
        asked = list(sinks)
        if tensorboard:
            asked.append(tensorboard_sink(self.folder / TENSORBOARD_FOLDER))
        if wandb or isinstance(wandb, Mapping):
            asked.append(wandb_sink(**(wandb if isinstance(wandb, Mapping) else {})))
        return Sinks(asked, self._note)

    def _new_watch(
        self, model: Any, optimizers: list[Any], activations: bool | Sequence[str], appends: bool,
        undo: ExitStack,
    ) -> ModelWatch:  # fmt: skip
        from neural_trainer.live.layers_writer import LayersWriter
        from neural_trainer.live.model_watch import ModelWatch

        if self._is_main:
            self._layers = LayersWriter(self.folder / LAYERS_FILE, new=not appends)
            undo.callback(let_go, self._layers, appends)
        return ModelWatch(
            model, optimizers, self._pace, self._ranks, self._on_watch_error,
            activations=activations, complete=self._is_main, stopwatch=self._stopwatch,
        )  # fmt: skip

    def _on_watch_error(self, what: str, error: Exception) -> None:
        self._note(f"{what}: no longer measured from step {self.step_number + 1}: {error!r}")

    def _recall(self, metrics: LineFile) -> None:
        """Take up the steps, extremes and signals of the run that is being resumed."""
        for line in read_lines(metrics.path):
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
        if self._watch is not None:
            self._watch.release()
        if self._transfer is not None:
            try:
                self._transfer.wait()
            except Exception as error:  # the device may be what failed
                self._note(f"the last numbers did not come from the device: {error!r}")
        report = None
        if self._judge is not None:
            try:
                report = self._judge.finish()
            except Exception as error:  # as in _record
                self._note(f"judging failed at the end: {error!r}")
        if self._sinks is not None:
            self._sinks.close()
        for file in (self._metrics, self._alerts, self._layers):
            if file is not None:
                file.close()
        if self._is_main:
            duration_s = self._clock() - self._started
            about = self._extremes.summary()
            try:
                write_summary(self.folder, ended, duration_s, about, report, self._notes)
            except OSError as error:
                self._note(f"no {SUMMARY_FILE}: {error}")
