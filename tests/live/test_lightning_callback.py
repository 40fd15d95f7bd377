"""The callback in the real Lightning: each step's loss, norms, evaluations; a resume; a failure."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from library_python import run_there

from neural_trainer.runs.read import read
from neural_trainer.runs.run import Run

pytestmark = pytest.mark.slow
SCRIPT = Path(__file__).parent / "library_runs" / "lightning_runs.py"


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the trainings say of themselves; `home` is where their run folders are."""
    home = tmp_path_factory.mktemp("lightning")
    printed = run_there(SCRIPT, home, needs=("lightning", "torch"))
    (line,) = (line for line in printed.splitlines() if line.startswith("ACCOUNT "))
    told: dict[str, Any] = json.loads(line.removeprefix("ACCOUNT "))
    return {**told, "home": home}


def recorded(account: dict[str, Any], folder: str) -> Run:
    return read(str(account["home"] / folder))


@pytest.mark.parametrize("name", ["plain", "clipped", "by-hand", "resumed"])
def test_the_loss_of_each_step_is_that_of_its_batch(account: dict[str, Any], name: str) -> None:
    series = recorded(account, name).signals["loss"]
    assert series.step.tolist() == list(range(1, 15))
    assert series.value == pytest.approx(account[name]["losses"], rel=1e-5)


def test_the_loss_of_accumulated_batches_is_their_mean(account: dict[str, Any]) -> None:
    # Seven batches an epoch: Lightning steps after 3, 6 and, at the end of the epoch, 7.
    losses = np.array(account["accumulated"]["losses"]).reshape(2, 7)
    means = [(e[:3].mean(), e[3:6].mean(), e[6]) for e in losses]
    series = recorded(account, "accumulated").signals["loss"]
    assert series.step.tolist() == list(range(1, 7))
    assert series.value == pytest.approx(np.ravel(means), rel=1e-5)


@pytest.mark.parametrize("name", ["plain", "accumulated", "clipped"])
def test_the_gradient_norm_is_that_before_clipping(account: dict[str, Any], name: str) -> None:
    series = recorded(account, name).signals["grad_norm"]
    assert series.value == pytest.approx(account[name]["norms"], rel=1e-4)
    if name == "clipped":
        assert (series.value > 0.1).all()


def test_validation_is_recorded_at_its_steps_and_not_the_sanity_check(
    account: dict[str, Any],
) -> None:
    run = recorded(account, "plain")
    assert run.signals["eval/loss"].step.tolist() == [7, 14]
    assert (np.diff(run.signals["eval/loss"].value) < 0).all()
    assert run.signals["epoch"].value.tolist() == [0] * 7 + [1] * 7


def test_the_config_holds_the_module_s_hyperparameters(account: dict[str, Any]) -> None:
    record = json.loads((account["home"] / "accumulated" / "run.json").read_text())
    assert record["config"]["lr"] == 0.05
    assert record["config"]["trainer"]["accumulate_grad_batches"] == 3
    assert record["num_parameters"] == 5


def test_a_failure_is_named_in_the_summary_and_the_next_run_is_numbered(
    account: dict[str, Any],
) -> None:
    runs = account["home"] / "runs"
    summary = json.loads((runs / "net" / "summary.json").read_text())
    assert summary["ended"] == "stopped by OSError"
    assert summary["steps"] == 3
    assert json.loads((runs / "net-2" / "summary.json").read_text())["ended"] == "completed"
