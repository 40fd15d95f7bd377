"""Optimizers that do not step, and gradients that do not come, as the Monitor tells them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from neural_trainer.live.monitor import Monitor

STEPS = 20
INPUTS, WANTED = torch.linspace(-1, 1, 64).reshape(16, 4), torch.linspace(-1, 1, 16)


def loss_of(model: nn.Module) -> Tensor:
    return functional.mse_loss(model(INPUTS).squeeze(1), WANTED)


def net() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))


def told(folder: Path) -> dict[int, tuple[float, float]]:
    """Return of each step that says so whether an optimizer is idle, and gradients are absent."""
    lines = map(json.loads, (folder / "metrics.jsonl").read_text().splitlines())
    return {
        line["step"]: (line["optimizer_idle"], line["gradient_absent"])
        for line in lines
        if "optimizer_idle" in line
    }


def trained(
    folder: Path, *, every: int = 1, given: bool = True, clears: bool = True, cut: bool = False
) -> dict[int, tuple[float, float]]:  # fmt: skip
    """Train a model whose optimizer steps at each `every`-th step, never where that is 0."""
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with Monitor(folder, model, optimizer if given else None, judge=False) as monitor:
        for step in range(1, STEPS + 1):
            loss = loss_of(model)
            if cut:
                loss = loss.detach().requires_grad_()
            loss.backward()
            if every and step % every == 0:
                optimizer.step()
            if clears:
                optimizer.zero_grad()
            monitor.step(loss)
    return told(folder)


@pytest.mark.parametrize("given", [True, False], ids=["given", "found"])
def test_a_sound_loop(tmp_path: Path, given: bool) -> None:
    found = trained(tmp_path, given=given)
    assert {1, 10, 20} <= set(found)
    assert set(found.values()) == {(0.0, 0.0)}


@pytest.mark.parametrize("clears", [True, False], ids=["cleared", "kept"])
@pytest.mark.parametrize("given", [True, False], ids=["given", "unknown"])
def test_an_optimizer_that_never_steps(tmp_path: Path, given: bool, clears: bool) -> None:
    found = trained(tmp_path, every=0, given=given, clears=clears)
    assert found[10] == found[20] == (1.0, 0.0)


def test_accumulation_ends_the_wait(tmp_path: Path) -> None:
    found = trained(tmp_path, every=8)
    assert found[2] == (1.0, 0.0)
    assert found[10] == found[20] == (0.0, 0.0)


def test_a_loss_that_is_cut_off(tmp_path: Path) -> None:
    found = trained(tmp_path, cut=True)
    assert found[10] == found[20] == (0.0, 1.0)


def test_a_loss_that_is_cut_off_from_an_optimizer_that_never_steps(tmp_path: Path) -> None:
    found = trained(tmp_path, cut=True, every=0)
    assert found[10] == found[20] == (1.0, 1.0)


def test_weights_that_something_else_moves(tmp_path: Path) -> None:
    model = net()
    with Monitor(tmp_path, model, judge=False) as monitor:
        for _ in range(STEPS):
            loss = loss_of(model)
            loss.backward()
            with torch.no_grad():
                for parameter in model.parameters():
                    assert parameter.grad is not None
                    parameter -= 0.1 * parameter.grad
            model.zero_grad()
            monitor.step(loss)
    assert told(tmp_path)[20] == (0.0, 0.0)


def test_one_of_two_optimizers_never_steps(tmp_path: Path) -> None:
    model = nn.ModuleDict({"first": net(), "second": net()})
    both = [torch.optim.SGD(part.parameters(), lr=0.1) for part in model.values()]
    with Monitor(tmp_path, model, both, judge=False) as monitor:
        for _ in range(STEPS):
            loss = loss_of(model["first"]) + loss_of(model["second"])
            loss.backward()
            both[0].step()
            for optimizer in both:
                optimizer.zero_grad()
            monitor.step(loss)
    found = told(tmp_path)
    assert found[20] == (1.0, 0.0), found


def test_hooks_are_taken_away(tmp_path: Path) -> None:
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with Monitor(tmp_path, model, optimizer, judge=False) as monitor:
        for _ in range(3):
            loss = loss_of(model)
            loss.backward()
            monitor.step(loss)
        weight = model[0].weight
        assert weight._post_accumulate_grad_hooks
    assert not weight._post_accumulate_grad_hooks
