"""The trainer: its schedule, its optimizers, its loop on the example and on a user's case."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from neural_trainer.errors import ConfigError, RunRefused
from neural_trainer.layers.case import Case
from neural_trainer.live import judge
from neural_trainer.live.run_folder import METRICS_FILE, RUN_FILE
from neural_trainer.runs.read import read
from neural_trainer.training.char_gpt import CharGPT
from neural_trainer.training.config import (
    OptimizerConfig,
    ScheduleConfig,
    TrainConfig,
    build_config,
)
from neural_trainer.training.trainer import (
    endless,
    lr_factor,
    make_optimizer,
    num_samples,
    on_device,
    train,
)

SMALL = {
    "model": {"num_layers": 1, "num_heads": 2, "width": 16, "context": 16},
    "optimizer": {"lr": 1e-2},
    "schedule": {"warmup_steps": 4},
    "training": {"steps": 25, "batch_size": 8, "eval_every": 10, "threads": 1},
}


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh working directory, and a judge that finds nothing."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(judge, "whole_diagnosis", lambda: _finds_nothing)
    return tmp_path


def _finds_nothing(run: Any) -> Any:
    from types import SimpleNamespace

    return SimpleNamespace(verdict="healthy", root_causes=()), ()


def losses(folder: Path) -> list[float]:
    return read(folder).signals["loss"].value.tolist()


@pytest.mark.parametrize(
    ("name", "factors"),
    [
        pytest.param("constant", {1: 0.25, 4: 1.0, 5: 1.0, 10: 1.0}, id="constant"),
        pytest.param("linear", {1: 0.25, 4: 1.0, 7: 0.55, 10: 0.1}, id="linear"),
        pytest.param("cosine", {1: 0.25, 4: 1.0, 7: 0.55, 10: 0.1}, id="cosine"),
    ],
)
def test_lr_factor(name: str, factors: dict[int, float]) -> None:
    schedule = ScheduleConfig(name=name, warmup_steps=4, final_fraction=0.1)
    for step, factor in factors.items():
        assert lr_factor(step, schedule, 10) == pytest.approx(factor)


def test_lr_factor_is_torchs_cosine() -> None:
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=20, eta_min=0.1)
    schedule = ScheduleConfig(name="cosine", warmup_steps=0, final_fraction=0.1)
    for step in range(1, 21):
        optimizer.step()
        scheduler.step()
        assert lr_factor(step, schedule, 20) == pytest.approx(scheduler.get_last_lr()[0])


@pytest.mark.parametrize("tied", [True, False])
def test_only_matrices_of_linear_maps_are_decayed(tied: bool) -> None:
    model = CharGPT(9, context=4, width=8, num_layers=2, num_heads=2, dropout=0.0, tied=tied)
    optimizer = make_optimizer(model, OptimizerConfig(weight_decay=0.3))
    of_decay = {id(p): g["weight_decay"] for g in optimizer.param_groups for p in g["params"]}
    for name, parameter in model.named_parameters():
        spared = any(word in name for word in ("bias", "norm", "tokens", "positions"))
        assert of_decay.pop(id(parameter)) == (0.0 if spared else 0.3), name
    assert of_decay == {}


def test_sgd_has_its_momentum() -> None:
    optimizer = make_optimizer(nn.Linear(2, 1), OptimizerConfig(name="sgd", lr=0.5, momentum=0.8))
    assert isinstance(optimizer, torch.optim.SGD)
    assert all(g["momentum"] == 0.8 and g["lr"] == 0.5 for g in optimizer.param_groups)


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
def users_module(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    (project / "users_training.py").write_text(USER_CASE)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield "users_training"
    sys.modules.pop("users_training", None)


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


def test_endless_goes_round_and_refuses_what_is_used_up() -> None:
    batches = endless([1, 2])
    assert [next(batches) for _ in range(5)] == [1, 2, 1, 2, 1]
    used_up = endless(iter([1]))
    assert next(used_up) == 1
    with pytest.raises(ConfigError, match="re-iterable"):
        next(used_up)


@pytest.mark.parametrize(
    ("batch", "count"),
    [
        pytest.param(torch.zeros(4, 2), 4, id="tensor"),
        pytest.param((torch.zeros(4, 2), torch.zeros(4)), 4, id="pair"),
        pytest.param({"name": "x", "inputs": [torch.zeros(3)]}, 3, id="nested"),
        pytest.param(torch.tensor(1.0), None, id="no-dimension"),
        pytest.param("text", None, id="no-tensor"),
    ],
)
def test_num_samples(batch: Any, count: int | None) -> None:
    assert num_samples(batch) == count


def test_on_device_keeps_the_shape_of_a_batch() -> None:
    batch = {"a": (torch.zeros(1), [torch.zeros(1), "text"])}
    moved = on_device(batch, torch.device("meta"))
    assert moved["a"][0].device.type == moved["a"][1][0].device.type == "meta"
    assert (type(moved["a"]), type(moved["a"][1]), moved["a"][1][1]) == (tuple, list, "text")


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


def _train_case(case: Case, config: TrainConfig) -> None:
    from neural_trainer.training import trainer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trainer, "_case", lambda config: case)
        trainer.train(config, Path("out"))


def test_no_clipping_records_the_norm_all_the_same(project: Path) -> None:
    tree = {**SMALL, "training": {**SMALL["training"], "steps": 3, "clip_norm": None}}
    run = read(train(build_config(tree)))
    assert len(run.signals["grad_norm"]) == 3
    assert run.get("grad_clipped") is None
    assert (Path("runs/train") / METRICS_FILE).exists()
