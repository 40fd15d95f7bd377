"""What holds of the case template_target before it is trained."""

from __future__ import annotations

import copy
import math
from pathlib import Path
from typing import Any

import pytest
import torch
from neural_trainer.layers.case import Case, load_case
from torch import nn

TARGET = "template_target"


@pytest.fixture
def case() -> Case:
    """Return a fresh case."""
    return load_case(TARGET)


@pytest.fixture
def batch(case: Case) -> Any:
    """Return the first batch."""
    return next(iter(case.train_batches))


def loss_of(model: nn.Module, case: Case, batch: Any) -> float:
    with torch.no_grad():
        return float(case.loss_fn(model, batch))


def test_the_loss_is_one_finite_number(case: Case, batch: Any) -> None:
    loss = case.loss_fn(case.model, batch)
    assert loss.numel() == 1
    assert math.isfinite(float(loss.detach()))


def test_gradients_reach_every_parameter_that_trains(case: Case, batch: Any) -> None:
    case.loss_fn(case.model, batch).backward()
    named = case.model.named_parameters()
    missed = [name for name, p in named if p.requires_grad and p.grad is None]
    assert missed == []


def test_the_optimizer_has_every_parameter_that_trains(case: Case) -> None:
    if case.optimizer is None:
        pytest.skip("the case names no optimizer")
    held = {id(p) for group in case.optimizer.param_groups for p in group["params"]}
    named = case.model.named_parameters()
    missed = [name for name, p in named if p.requires_grad and id(p) not in held]
    assert missed == []


def test_evaluation_draws_nothing(case: Case, batch: Any) -> None:
    case.model.eval()
    first, second = (loss_of(case.model, case, batch) for _ in range(2))
    assert first == second


def test_steps_on_one_batch_lower_its_loss(case: Case, batch: Any) -> None:
    case.model.eval()
    trained = [p for p in case.model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-3)
    first = loss_of(case.model, case, batch)
    for _ in range(20):
        optimizer.zero_grad()
        case.loss_fn(case.model, batch).backward()
        optimizer.step()
    assert loss_of(case.model, case, batch) < first


def test_saved_weights_give_the_same_loss(case: Case, batch: Any, tmp_path: Path) -> None:
    case.model.eval()
    before = loss_of(case.model, case, batch)
    torch.save(case.model.state_dict(), tmp_path / "weights.pt")
    again = copy.deepcopy(case.model)
    for parameter in again.parameters():
        nn.init.zeros_(parameter)
    again.load_state_dict(torch.load(tmp_path / "weights.pt", weights_only=True))
    assert loss_of(again, case, batch) == before
