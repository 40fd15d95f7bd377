"""W&B and MLflow, the real ones, get every number of a run, read back by the readers."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import pytest
from library_python import run_there

from neural_trainer.errors import MissingPackage
from neural_trainer.live.sinks import mlflow_sink, wandb_sink
from neural_trainer.runs.read import read, read_all
from neural_trainer.runs.run import Run

SCRIPT = Path(__file__).parent / "library_runs" / "trackers.py"


def assert_whole(run: Run) -> None:
    """The losses of 200 steps, of which 5 is not a number and 6 infinite."""
    series = run.signals["loss"]
    assert series.step.tolist() == list(range(1, 201))
    assert math.isnan(series.value[4])
    assert series.value[5] == math.inf
    finite = [value for value in series.value.tolist() if math.isfinite(value)]
    assert finite == pytest.approx([1 / step for step in range(1, 201) if step not in (5, 6)])


@pytest.mark.slow
def test_wandb_offline(tmp_path: Path) -> None:
    run_there(SCRIPT, tmp_path, "wandb", needs=("wandb", "torch"))
    logs = sorted((tmp_path / "wandb").glob("offline-run-*/run-*.wandb"))
    assert len(logs) == 2
    runs = [read(str(log)) for log in logs]
    (own,) = (run for run in runs if len(run.signals["loss"]) > 1)
    assert_whole(own)
    assert own.signals["eval/loss"].step.tolist() == [50, 100, 150, 200]
    assert (own.signals["lr"].value == 0.1).all()


@pytest.mark.slow
def test_mlflow_in_a_database(tmp_path: Path) -> None:
    run_there(SCRIPT, tmp_path, "mlflow", needs=("mlflow", "sqlalchemy", "alembic"))
    (run,) = read_all(str(tmp_path / "mlflow.db"))
    assert_whole(run)
    assert (run.signals["acc_5 ___"].value == 2).all()


@pytest.mark.parametrize(
    ("make", "module", "install"),
    [
        pytest.param(wandb_sink, "wandb", "pip install wandb", id="wandb"),
        pytest.param(mlflow_sink, "mlflow.entities", "pip install mlflow-skinny", id="mlflow"),
    ],
)
def test_without_the_package_the_error_names_the_install_line(
    monkeypatch: pytest.MonkeyPatch, make: object, module: str, install: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingPackage, match=install):
        make()  # type: ignore[operator]
