"""Gradient norm and learning rate of a torch optimizer, against plain float64 arithmetic."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from neural_trainer.live.grad_norm import LastStep, gradient_norm
from neural_trainer.live.monitor import Monitor
from neural_trainer.live.run_folder import METRICS_FILE, RUN_FILE


def plain_norm(parameters: Any) -> float:
    """Return the norm summed up in Python's own float64."""
    squares = 0.0
    for parameter in parameters:
        if parameter.grad is not None:
            dense = parameter.grad.to_dense() if parameter.grad.is_sparse else parameter.grad
            squares += math.fsum(float(g) ** 2 for g in dense.flatten().tolist())
    return math.sqrt(squares)


def backward(model: nn.Module, inputs: torch.Tensor) -> torch.Tensor:
    loss: torch.Tensor = model(inputs).square().mean()
    loss.backward()
    return loss


def make(kind: str) -> tuple[nn.Module, torch.Tensor]:
    torch.manual_seed(0)
    if kind == "sparse":
        words = torch.tensor([[0, 1, 1, 3]])
        return nn.Sequential(nn.Embedding(9, 4, sparse=True), nn.Linear(4, 2)), words
    model = nn.Sequential(nn.Linear(6, 32), nn.Tanh(), nn.Linear(32, 3))
    if kind == "partly-frozen":
        model[0].requires_grad_(False)
    return model, torch.randn(16, 6)


@pytest.mark.parametrize("kind", ["dense", "partly-frozen", "sparse"])
def test_gradient_norm_is_that_of_float64(kind: str) -> None:
    model, inputs = make(kind)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    assert gradient_norm(optimizer) is None
    backward(model, inputs)
    assert float(gradient_norm(optimizer)) == pytest.approx(
        plain_norm(model.parameters()), rel=1e-6
    )


def test_all_groups_count(project: Path) -> None:
    model, inputs = make("dense")
    groups = [{"params": [p], "lr": 0.1} for p in model.parameters()]
    optimizer = torch.optim.AdamW(groups)
    backward(model, inputs)
    assert float(gradient_norm(optimizer)) == pytest.approx(
        plain_norm(model.parameters()), rel=1e-6
    )


def test_a_loop_is_recorded_with_the_lr_and_norm_of_the_step_itself(project: Path) -> None:
    model, inputs = make("dense")
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5)
    expected = []
    with Monitor("a", model=model, optimizer=optimizer, judge=False) as monitor:
        for _ in range(4):
            loss = backward(model, inputs)
            expected.append((plain_norm(model.parameters()), optimizer.param_groups[0]["lr"]))
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            monitor.step(loss, samples=16)
    rows = [json.loads(line) for line in Path("a", METRICS_FILE).read_text().splitlines()]
    assert [row["grad_norm"] for row in rows] == pytest.approx([n for n, _ in expected], rel=1e-6)
    assert [row["lr"] for row in rows] == [lr for _, lr in expected]
    run = json.loads(Path("a", RUN_FILE).read_text())
    assert run["num_parameters"] == 6 * 32 + 32 + 32 * 3 + 3


def test_a_norm_that_the_loop_passes_wins_over_the_clipped_one(project: Path) -> None:
    model, inputs = make("dense")
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with Monitor("a", optimizer=optimizer, judge=False) as monitor:
        for passed in (False, True):
            optimizer.zero_grad()
            loss = backward(model, inputs * 100)
            before = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            monitor.step(loss, **({"grad_norm": before} if passed else {}))
    rows = [json.loads(line) for line in Path("a", METRICS_FILE).read_text().splitlines()]
    assert rows[0]["grad_norm"] == pytest.approx(1.0, rel=1e-4)
    assert rows[1]["grad_norm"] == pytest.approx(float(before), rel=1e-6)
    assert float(before) > 1.2


def test_without_an_optimizer_step_there_is_a_learning_rate_and_no_norm() -> None:
    model, inputs = make("dense")
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    last = LastStep(optimizer)
    assert last.take() == {"lr": 0.1}
    backward(model, inputs)
    optimizer.step()
    assert set(last.take()) == {"lr", "grad_norm"}
    assert last.take() == {"lr": 0.1}


def test_the_optimizer_is_let_go_at_the_end(project: Path) -> None:
    model, _ = make("dense")
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    hooks = optimizer._optimizer_step_pre_hooks
    with Monitor("a", optimizer=optimizer, judge=False):
        assert len(hooks) == 1
    assert len(hooks) == 0


def test_watching_changes_no_bit_of_the_training(project: Path) -> None:
    def train(watched: bool) -> list[torch.Tensor]:
        model, inputs = make("dense")
        optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
        monitor = Monitor("a", model=model, optimizer=optimizer, judge=False) if watched else None
        for _ in range(5):
            optimizer.zero_grad()
            loss = backward(model, inputs)
            optimizer.step()
            if monitor is not None:
                monitor.step(loss)
        return [parameter.detach().clone() for parameter in model.parameters()]

    for bare, seen in zip(train(False), train(True), strict=True):
        assert torch.equal(bare, seen)
