"""A run of 200 steps into W&B, offline, and into MLflow, in a database, through the sinks."""

from __future__ import annotations

import math
import sys
import warnings
from pathlib import Path

from neural_trainer.live.monitor import Monitor
from neural_trainer.live.sinks import Sinks, mlflow_sink


def loss(step: int) -> float:
    """Return the loss of a step: falling, and not finite at 5 and 6."""
    return {5: math.nan, 6: math.inf}.get(step, 1 / step)


def to_wandb() -> None:
    """Through the Monitor, with what wandb.init takes; a run under way is used and left open."""
    import wandb

    init = {"mode": "offline", "project": "tests", "name": "own"}
    with Monitor("run", wandb=init, judge=False) as monitor:
        for step in range(1, 201):
            monitor.step(loss(step), lr=0.1)
            if step % 50 == 0:
                monitor.evaluate(loss=2 / step)
    assert wandb.run is None, "the Monitor's own run is finished"
    theirs = wandb.init(mode="offline", project="tests", name="theirs")
    with Monitor("run-2", wandb=True, judge=False) as monitor:
        monitor.step(1.0)
    assert wandb.run is theirs, "a run of the loop's own is left open"
    assert theirs.summary["loss"] == 1.0
    theirs.finish()


def to_mlflow() -> None:
    """Twice into one run, as when a training is resumed."""
    address = f"sqlite:///{Path.cwd() / 'mlflow.db'}"
    first = mlflow_sink(address, experiment="tests", run_name="own")
    sinks = Sinks([first], fail)
    for step in range(1, 151):
        sinks.write(step, {"loss": loss(step), "acc@5 [%]": 2.0})
    sinks.close()
    sinks = Sinks([mlflow_sink(address, run_id=first.run_id)], fail)
    for step in range(151, 201):
        sinks.write(step, {"loss": loss(step)})
    sinks.close()


def fail(note: str) -> None:
    """Take a note, where none is expected."""
    raise AssertionError(note)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    {"wandb": to_wandb, "mlflow": to_mlflow}[sys.argv[1]]()
