"""The trainer: its loop on the example and on a user's case, and what it leaves."""

from __future__ import annotations

import json
import math
import signal
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from neural_trainer.errors import ConfigError, NeuralTrainerError, RunRefused
from neural_trainer.layers.case import Case
from neural_trainer.live.run_folder import METRICS_FILE, RUN_FILE
from neural_trainer.runs.read import read
from neural_trainer.training import trainer
from neural_trainer.training.checkpoint import best_checkpoint
from neural_trainer.training.config import TrainConfig
from neural_trainer.training.config_file import build_config
from neural_trainer.training.trainer import train

SMALL = {
    "model": {"num_layers": 1, "num_heads": 2, "width": 16, "context": 16},
    "optimizer": {"lr": 1e-2},
    "schedule": {"warmup_steps": 4},
    "training": {"steps": 25, "batch_size": 8, "eval_every": 10, "threads": 1},
}


def losses(folder: Path) -> list[float]:
    return read(folder).signals["loss"].value.tolist()


def test_the_example_trains_and_leaves_a_run_folder(project: Path) -> None:
    folder = train(build_config(SMALL), project / "out")
    run = read(folder)
    assert run.signals["loss"].step.tolist() == list(range(1, 26))
    assert run.signals["eval/loss"].step.tolist() == [10, 20, 25]
    # Nothing is known yet: the loss is that of even odds, to within the noise of a batch.
    characters = json.loads((folder / RUN_FILE).read_text())["data"]["vocabulary"]
    assert run.signals["loss"].value[0] == pytest.approx(math.log(characters), abs=0.1)
    assert run.signals["loss"].value[-1] < run.signals["loss"].value[0] - 0.5
    assert run.signals["lr"].value[3] == pytest.approx(1e-2)
    assert run.signals["lr"].value[-1] == pytest.approx(1e-3)
    assert (run.signals["grad_norm"].value > 0).all()
    clipped = run.signals["grad_norm"].value > 1.0
    assert run.signals["grad_clipped"].value.tolist() == clipped.tolist()
    assert run.config["optimizer"]["lr"] == 1e-2


def test_a_seed_gives_the_same_run_and_another_seed_another(project: Path) -> None:
    first, second, other = (
        losses(
            train(build_config({**SMALL, "training": {**SMALL["training"], "steps": 5, "seed": s}}))
        )
        for s in (1, 1, 2)
    )
    assert first == second
    assert first != other


def test_a_name_that_is_taken_is_counted_up_and_a_folder_named_is_refused(project: Path) -> None:
    config = build_config({**SMALL, "training": {**SMALL["training"], "steps": 1}})
    assert [train(config) for _ in range(3)] == [
        Path("runs/train"),
        Path("runs/train-2"),
        Path("runs/train-3"),
    ]
    with pytest.raises(RunRefused):
        train(config, Path("runs/train"))


USER_CASE = """
import torch
from torch import nn
from neural_trainer.layers.case import Case

def make_case():
    model = nn.Linear(3, 1)
    batches = [{"x": torch.ones(4, 3), "y": torch.zeros(4, 1)} for _ in range(3)]
    def loss_fn(model, batch): return (model(batch["x"]) - batch["y"]).square().mean()
    return Case(model, loss_fn, batches, torch.optim.SGD(model.parameters(), lr=0.25), batches[:1],
                {"mine": 1})

def make_bare(): return Case(nn.Linear(3, 1), None, [])
"""


@pytest.fixture
def users_module(project: Path) -> str:
    (project / "users_training.py").write_text(USER_CASE)
    return "users_training"


@pytest.mark.parametrize(
    ("named", "lr"),
    [
        pytest.param(None, 0.25, id="the-cases-own-optimizer"),
        pytest.param({"name": "sgd", "lr": 0.01}, 0.01, id="the-configs-wins"),
    ],
)
def test_a_users_case_is_trained(
    users_module: str, named: dict[str, Any] | None, lr: float
) -> None:
    tree: dict[str, Any] = {"case": f"{users_module}:make_case", "training": {"steps": 6}}
    tree["schedule"] = {"name": "constant"}
    if named is not None:
        tree["optimizer"] = named
    folder = train(build_config(tree))
    run = read(folder)
    assert run.signals["loss"].value[-1] < run.signals["loss"].value[0]
    assert (run.signals["lr"].value == lr).all()
    assert json.loads((folder / RUN_FILE).read_text())["data"] == {"mine": 1}
    assert len(run.signals["eval/loss"]) == 1


def test_a_case_without_an_optimizer_is_refused_before_a_folder_is_made(users_module: str) -> None:
    with pytest.raises(ConfigError, match="brings no optimizer"):
        train(build_config({"case": f"{users_module}:make_bare"}))
    assert not Path("runs").exists()


def test_the_models_mode_during_training_and_evaluation(project: Path) -> None:
    seen: list[tuple[str, bool]] = []
    model = nn.Linear(1, 1)

    def loss_fn(model: nn.Module, batch: torch.Tensor) -> torch.Tensor:
        seen.append(("train" if torch.is_grad_enabled() else "eval", model.training))
        loss: torch.Tensor = model(batch).square().mean()
        return loss

    case = Case(model, loss_fn, [torch.ones(2, 1)], eval_batches=[torch.ones(2, 1)])
    _train_case(case, build_config({"training": {"steps": 2, "eval_every": 1}}))
    assert seen == [("train", True), ("eval", False)] * 2


def _train_case(case: Case, config: TrainConfig) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trainer, "build_case", lambda config, say: case)
        return trainer.train(config, Path("out"), say=lambda text: None)


def test_no_clipping_records_the_norm_all_the_same(project: Path) -> None:
    tree = {**SMALL, "training": {**SMALL["training"], "steps": 3, "clip_norm": None}}
    run = read(train(build_config(tree)))
    assert len(run.signals["grad_norm"]) == 3
    assert run.get("grad_clipped") is None
    assert (Path("runs/train") / METRICS_FILE).exists()


def held_out_falls_then_rises(steps: int, **training: Any) -> Path:
    """Train a weight from 1 downwards past what the held-out data want: 0.5 at step 5."""
    model = nn.Linear(1, 1, bias=False)
    nn.init.ones_(model.weight)

    def loss_fn(model: Any, batch: torch.Tensor) -> torch.Tensor:
        if torch.is_grad_enabled():
            return model(batch).sum()
        return (model(batch) - 0.5).square().sum()

    case = Case(model, loss_fn, [torch.ones(1, 1)], eval_batches=[torch.ones(1, 1)])
    settings = {"steps": steps, "eval_every": 1, "clip_norm": None, **training}
    tree = {
        "optimizer": {"name": "sgd", "lr": 0.1, "momentum": 0.0, "weight_decay": 0.0},
        "schedule": {"name": "constant"},
        "training": settings,
        "checkpoint": {"every": 4, "keep": 1},
    }
    return _train_case(case, build_config(tree))


def kept(folder: Path) -> list[int]:
    return sorted(int(path.name.split("-")[1]) for path in (folder / "checkpoints").iterdir())


def test_the_best_checkpoint_is_kept_though_the_run_went_on(project: Path) -> None:
    folder = held_out_falls_then_rises(12)
    assert kept(folder) == [5, 12]
    assert best_checkpoint(folder) == (5, folder / "checkpoints" / "step-00000005")


def test_waiting_for_a_better_evaluation_ends(project: Path) -> None:
    folder = held_out_falls_then_rises(12, patience=3)
    assert len(losses(folder)) == 8
    assert kept(folder) == [5, 8]


def test_the_average_of_the_weights_is_what_is_evaluated(project: Path) -> None:
    folder = held_out_falls_then_rises(3, ema_decay=0.5)
    weight, average = 1.0, 1.0
    for _, found in zip(range(3), read(folder).signals["eval/loss"].value, strict=True):
        weight -= 0.1
        average = 0.5 * average + 0.5 * weight
        assert found == pytest.approx((average - 0.5) ** 2, rel=1e-5)


def test_weights_that_are_not_finite_push_out_no_good_checkpoint(project: Path) -> None:
    model = nn.Linear(1, 1)
    calls: list[int] = []

    def loss_fn(model: Any, batch: torch.Tensor) -> torch.Tensor:
        calls.append(1)
        return model(batch).sum() * (math.inf if len(calls) == 6 else 1.0)

    case = Case(model, loss_fn, [torch.ones(1, 1)])
    tree = {
        "optimizer": {},
        "training": {"steps": 20, "skip_nonfinite": False},
        "checkpoint": {"every": 4, "keep": 1},
    }
    with pytest.raises(NeuralTrainerError, match=r"step 8: weight .* NaN or infinite") as caught:
        _train_case(case, build_config(tree))
    assert "\n" not in str(caught.value)
    assert kept(Path("out")) == [4]


def test_sigterm_leaves_a_checkpoint_to_go_on_from(project: Path) -> None:
    steps: list[int] = []

    def loss_fn(model: Any, batch: torch.Tensor) -> torch.Tensor:
        steps.append(1)
        if len(steps) == 3:
            signal.raise_signal(signal.SIGTERM)
        return model(batch).sum()

    case = Case(nn.Linear(1, 1), loss_fn, [torch.ones(1, 1)])
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(RunRefused, match=r"SIGTERM after step 3.*train --resume out$"):
        _train_case(case, build_config({"optimizer": {}, "training": {"steps": 20}}))
    assert kept(Path("out")) == [3]
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.parametrize(
    "training",
    [
        pytest.param({"activation_checkpointing": True}, id="activation-checkpointing"),
        pytest.param(
            {"compile": True},
            id="compile",
            marks=[pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")],
        ),
    ],
)
def test_what_saves_memory_or_time_leaves_the_losses(
    project: Path, training: dict[str, Any]
) -> None:
    plain, other = (
        losses(train(build_config({**SMALL, "training": {**SMALL["training"], **more}})))
        for more in ({}, training)
    )
    assert other == pytest.approx(plain, abs=2e-4)
