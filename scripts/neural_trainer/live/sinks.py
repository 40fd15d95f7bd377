"""Where the numbers of a run go besides its folder: CSV, TensorBoard, W&B, MLflow, any callable."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from neural_trainer.errors import MissingPackage
from neural_trainer.live.csv_file import CsvFile
from neural_trainer.live.sink_queue import CLOSE_S, Row, SinkQueue

Sink = Callable[[int, Mapping[str, float]], Any]
"""Takes the step and the values logged at it, in a thread of its own.

A method `close`, where it has one, ends it; `write_rows`, where it has one, takes many rows.
"""


class Sinks:
    """All sinks of a run, each behind a queue."""

    def __init__(
        self, sinks: Iterable[Sink], on_note: Callable[[str], None], *, close_s: float = CLOSE_S
    ) -> None:
        """Start a thread for each sink.

        on_note: is told, in the thread that writes and closes, what was left out or given up.
        close_s: how long `close` may take.
        """
        self._queues = [SinkQueue(sink, _name(sink)) for sink in sinks]
        self._on_note = on_note
        self._close_s = close_s

    def write(self, step: int, values: Mapping[str, float]) -> None:
        """Leave the values logged at `step` for every sink, without waiting for any."""
        if not self._queues:
            return
        row = dict(values)
        for queue in self._queues:
            queue.write(step, row)
        self._tell()

    def close(self) -> None:
        """Let all take what waits and end together, within the time given; again does nothing."""
        for queue in self._queues:
            queue.end()
        until = time.monotonic() + self._close_s
        for queue in self._queues:
            queue.close(max(0.0, until - time.monotonic()))
        self._tell()

    def _tell(self) -> None:
        for queue in self._queues:
            for sentence in queue.news():
                self._on_note(sentence)


def csv_sink(path: str | Path) -> Sink:
    """Return a sink that writes a table at `path`, or goes on with the one that is there."""
    return CsvFile(Path(path))


def tensorboard_sink(folder: str | Path) -> Sink:
    """Return a sink to event files in `folder`. Raises MissingPackage."""
    return TensorBoardSink(Path(folder))


def wandb_sink(**init: Any) -> Sink:
    """Return a sink to Weights & Biases.

    init: what wandb.init takes: project, name, config, mode ("online" or "offline"), dir … With
    nothing given, a run that is under way already is used and left open. Raises MissingPackage.
    """
    return WandbSink(init)


def mlflow_sink(
    tracking_uri: str | None = None,
    experiment: str = "neural-trainer",
    run_name: str | None = None,
    run_id: str | None = None,
) -> Sink:
    """Return a sink to MLflow.

    tracking_uri: "sqlite:///mlflow.db", a server's address or a folder; MLFLOW_TRACKING_URI or
    MLflow's own choice where none is given. run_id: a run to go on with. Raises MissingPackage.
    """
    return MlflowSink(tracking_uri, experiment, run_name, run_id)


class TensorBoardSink:
    """Writes every value as a scalar of the same name to event files in a folder."""

    def __init__(self, folder: Path) -> None:
        """Open event files in `folder`. Raises MissingPackage without torch or tensorboard."""
        asked = "Monitor(tensorboard=True)"
        if find_spec("torch") is None:
            raise MissingPackage("torch", asked, "train")
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise MissingPackage("tensorboard", asked, "tensorboard") from error
        self._writer: Any = SummaryWriter(str(folder))

    def __call__(self, step: int, values: Mapping[str, float]) -> None:
        """Write `values` at `step`."""
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)

    def close(self) -> None:
        """Flush and close the event files."""
        self._writer.close()


class WandbSink:
    """Logs every row to a W&B run, drawn over `step`.

    W&B's own step only grows and would lose what is logged at an earlier step, as after a resume.
    """

    def __init__(self, init: Mapping[str, Any]) -> None:
        """Start a run, or take the one under way where nothing is asked for."""
        try:
            import wandb
        except ImportError as error:
            raise MissingPackage("wandb", "Monitor(wandb=True)", "wandb") from error
        self._is_own = bool(init) or wandb.run is None
        self._run: Any = wandb.init(**init) if self._is_own else wandb.run
        self._run.define_metric("step", hidden=True)
        self._run.define_metric("*", step_metric="step")

    def __call__(self, step: int, values: Mapping[str, float]) -> None:
        """Log `values` with their step."""
        self._run.log({**values, "step": step})

    def close(self) -> None:
        """Finish the run, unless it is another's."""
        if self._is_own:
            self._run.finish()


class MlflowSink:
    """Logs rows to an MLflow run, many in one request."""

    def __init__(
        self, tracking_uri: str | None, experiment: str, run_name: str | None, run_id: str | None
    ) -> None:
        """Make the experiment and the run, where they are not there yet."""
        try:
            from mlflow.entities import Metric
            from mlflow.tracking import MlflowClient
        except ImportError as error:
            raise MissingPackage("mlflow-skinny", "mlflow_sink", "mlflow") from error
        self._metric: Any = Metric
        self._client: Any = MlflowClient(tracking_uri)
        if run_id is None:
            known = self._client.get_experiment_by_name(experiment)
            place = known.experiment_id if known else self._client.create_experiment(experiment)
            run_id = self._client.create_run(place, run_name=run_name).info.run_id
        self.run_id = run_id

    def __call__(self, step: int, values: Mapping[str, float]) -> None:
        """Log one row."""
        self.write_rows([(step, values)])

    def write_rows(self, rows: Sequence[Row]) -> None:
        """Log rows in requests of the most metrics that MLflow takes in one, 1,000."""
        now = int(time.time() * 1000)
        metrics = [
            self._metric(_mlflow_name(name), value, now, step)
            for step, values in rows
            for name, value in values.items()
        ]
        for start in range(0, len(metrics), 1_000):
            self._client.log_batch(self.run_id, metrics=metrics[start : start + 1_000])

    def close(self) -> None:
        """Mark the run as finished."""
        self._client.set_terminated(self.run_id)


def _mlflow_name(name: str) -> str:
    """Return `name` with what MLflow takes in none replaced by an underscore.

    >>> _mlflow_name("eval/acc@5 [%]")
    'eval/acc_5 ___'
    """
    return re.sub(r"[^\w\-. /:]", "_", name)


def _name(sink: Sink) -> str:
    """Return what a sink is called in a note: its function's or its class's name."""
    return getattr(sink, "__name__", type(sink).__name__)
