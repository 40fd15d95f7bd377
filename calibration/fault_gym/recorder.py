"""What a scenario's loop calls: the Monitor's run folder, and the log that anyone might write.

The folder `run` holds all that the Monitor measures. `log.csv` holds what a careful loop logs by
itself, the mean of each signal over every ten steps, and evaluations where they were made.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from neural_trainer.live.monitor import Monitor
from neural_trainer.runs.read import read
from neural_trainer.runs.run import Run

RUN, LOG = "run", "log.csv"
COLUMNS = {  # canonical signal -> its name in log.csv
    "loss": "train_loss", "accuracy": "train_accuracy", "eval/loss": "val_loss",
    "eval/accuracy": "val_accuracy", "lr": "lr", "grad_norm": "grad_norm",
    "param_norm": "param_norm", "step_time_s": "step_time_s", "data_time_s": "data_time_s",
    "process_memory_bytes": "process_memory_bytes", "loss_scale": "loss_scale",
}  # fmt: skip


class Recorder:
    """Records one run in a folder. interval: steps that a row of log.csv is the mean of."""

    def __init__(self, folder: Path, interval: int = 10) -> None:
        self.folder, self.interval = folder, interval
        self._monitor: Monitor | None = None
        self._model: Any = None
        self._started: dict[str, Any] = {}
        self._own: set[str] = set()

    def watch(
        self, model: Any, optimizer: Any = None, config: Mapping[str, Any] | None = None
    ) -> None:
        """Begin, before the first step, or go on. config: a user's, nothing of the fault.

        model: a module; several in a ModuleDict. optimizer: one, or a list.
        """
        resumes = self._monitor is not None
        if self._monitor is not None:
            self._monitor.close()
        self._model = model
        self._monitor = Monitor(
            self.folder / RUN, model, optimizer, dict(config or {}), every=self.interval,
            activations=True, judge=False, resume=resumes,
        )  # fmt: skip

    def step(
        self, loss: Any, accuracy: float | None = None, samples: int | None = None, **more: Any
    ) -> None:
        """Record one optimizer step that was taken. more: further signals, as `reward=…`."""
        assert self._monitor is not None, "watch() comes first"
        if accuracy is not None:
            more["accuracy"] = accuracy
        if (self._monitor.step_number + 1) % self.interval == 0:
            more["param_norm"] = self._param_norm()
        self._own.update(more)
        self._monitor.step(loss, samples=samples, **more)

    def evaluate(self, **metrics: Any) -> None:
        """Record what was measured on held-out data: `loss=…, accuracy=…`."""
        assert self._monitor is not None, "watch() comes first"
        self._own.update(f"eval/{name}" for name in metrics)
        self._monitor.evaluate(**metrics)

    def close(self) -> None:
        """End the run folder and write log.csv."""
        if self._monitor is not None:
            self._monitor.close()
            self._write_log(read(self.folder / RUN))

    def _param_norm(self) -> float:
        parameters = [p.detach() for p in self._model.parameters()]
        return math.sqrt(sum(float(p.double().square().sum()) for p in parameters))

    def _write_log(self, run: Run) -> None:
        """Write a row for each interval: means in training, evaluations as they were."""
        own = {name: name for name in run.signals if name in self._own}
        names = {name: COLUMNS.get(name, name) for name in (*COLUMNS, *own) if name in run.signals}
        last = int(run.last_step)
        rows: list[dict[str, float]] = [
            {"step": float(min(stop, last))}
            for stop in range(self.interval, last + self.interval, self.interval)
        ]
        for name, column in names.items():
            series = run.signals[name]
            of = np.clip((series.step.astype(int) - 1) // self.interval, 0, len(rows) - 1)
            for row in np.unique(of):
                rows[row][column] = float(np.mean(series.value[of == row]))
        with (self.folder / LOG).open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, ["step", *dict.fromkeys(names.values())])
            writer.writeheader()
            writer.writerows(rows)
