"""The callback in the real Trainer: each step's loss, norms, evaluations; a resume; a failure."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from library_python import run_there

from neural_trainer.runs.read import read
from neural_trainer.runs.run import Run

pytestmark = pytest.mark.slow
SCRIPT = Path(__file__).parent / "library_runs" / "hf_runs.py"


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the trainings say of themselves; `home` is where their run folders are."""
    home = tmp_path_factory.mktemp("hf")
    printed = run_there(SCRIPT, home, needs=("transformers", "accelerate", "torch"))
    (line,) = (line for line in printed.splitlines() if line.startswith("ACCOUNT "))
    told: dict[str, Any] = json.loads(line.removeprefix("ACCOUNT "))
    return {**told, "home": home}


def recorded(account: dict[str, Any], folder: str) -> Run:
    return read(str(account["home"] / folder))


@pytest.mark.parametrize(
    "name", ["plain", "accumulated", "clipped", "smoothed", "own-loss", "own-step"]
)
def test_the_loss_of_each_optimizer_step_is_that_of_the_training_itself(
    account: dict[str, Any], name: str
) -> None:
    run = recorded(account, name)
    assert run.signals["loss"].step.tolist() == list(range(1, 9))
    assert run.signals["loss"].value == pytest.approx(account[name]["losses"], rel=1e-5)


@pytest.mark.parametrize("name", ["plain", "accumulated", "smoothed", "own-loss"])
def test_the_mean_of_the_losses_is_the_one_that_the_trainer_reports(
    account: dict[str, Any], name: str
) -> None:
    (reported,) = (e["train_loss"] for e in account[name]["logged"] if "train_loss" in e)
    assert recorded(account, name).signals["loss"].value.mean() == pytest.approx(reported, rel=1e-5)


def test_a_loss_that_is_not_finite_is_recorded_though_the_trainer_hides_it(
    account: dict[str, Any],
) -> None:
    logged = [entry["loss"] for entry in account["broken"]["logged"] if "loss" in entry]
    assert all(map(math.isfinite, logged))
    run = recorded(account, "broken")
    assert [math.isfinite(loss) for loss in run.signals["loss"].value] == [True, True, False]
    assert run.signals["finite"].value.tolist() == [1, 1, 0]


def test_norms_and_rates_are_those_that_the_trainer_logs(account: dict[str, Any]) -> None:
    run = recorded(account, "clipped")
    logged = [entry for entry in account["clipped"]["logged"] if "loss" in entry]
    assert len(logged) == 8
    for signal, key in (("loss", "loss"), ("grad_norm", "grad_norm"), ("lr", "learning_rate")):
        values = [entry[key] for entry in logged]
        assert run.signals[signal].value == pytest.approx(values, rel=1e-4), signal
    assert (run.signals["grad_clipped"].value == 1).all()


def test_evaluations_are_recorded_at_their_steps(account: dict[str, Any]) -> None:
    series = recorded(account, "plain").signals["eval/loss"]
    logged = [entry for entry in account["plain"]["logged"] if "eval_loss" in entry]
    assert series.step.tolist() == [entry["step"] for entry in logged] == [4, 8]
    assert series.value == pytest.approx([entry["eval_loss"] for entry in logged])


def test_totals_of_a_training_are_no_metrics_of_a_step(account: dict[str, Any]) -> None:
    names = set(recorded(account, "plain").signals)
    assert not [name for name in names if "runtime" in name or "per_second" in name]
    assert "train_loss" not in (account["home"] / "plain" / "metrics.jsonl").read_text()


def test_the_config_is_that_of_training_and_model(account: dict[str, Any]) -> None:
    record = json.loads((account["home"] / "accumulated" / "run.json").read_text())
    assert record["config"]["training"]["gradient_accumulation_steps"] == 3
    assert record["config"]["model"]["n_embd"] == 16
    assert record["seeds"]["config"]["training.seed"] == 42
    assert record["num_parameters"] > 3_000


def test_a_resumed_training_goes_on_in_its_folder_from_the_checkpoint(
    account: dict[str, Any],
) -> None:
    run = recorded(account, "resumed")
    assert run.signals["loss"].step.tolist() == list(range(1, 9))
    assert run.signals["loss"].value == pytest.approx(account["resumed"]["losses"], rel=1e-5)


def test_without_a_folder_runs_are_numbered_and_the_last_is_resumed(
    account: dict[str, Any],
) -> None:
    runs = account["home"] / "runs"
    assert recorded(account, "runs/named").signals["loss"].step.tolist() == [1, 2]
    assert recorded(account, "runs/named-2").signals["loss"].step.tolist() == [1, 2, 3]
    assert not (runs / "named-3").exists()


def test_after_a_failure_the_callback_serves_again_and_leaves_the_trainer_as_it_was(
    account: dict[str, Any],
) -> None:
    assert recorded(account, "runs/failing").signals["loss"].step.tolist() == [1]
    again = recorded(account, "runs/failing-2").signals["loss"]
    assert again.value == pytest.approx(account["failing"]["losses"], rel=1e-5)
    assert account["failing"]["is_restored"]
