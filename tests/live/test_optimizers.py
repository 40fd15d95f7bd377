"""Loops of every shape: accumulation, closures, several optimizers, and those found or swapped."""

from __future__ import annotations

import gc
import math
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from loops import backward, batch, cell, column, layers, mlp, plain_norm, rows
from torch import nn
from torch.nn.utils import clip_grad_norm_

from neural_trainer.live.monitor import Monitor

SGD = torch.optim.SGD


def test_accumulated_gradients_count_as_one_step(project: Path) -> None:
    model = mlp()
    optimizer = SGD(model.parameters(), lr=0.1)
    norms = []
    with Monitor("a", model, optimizer, judge=False, every=1) as monitor:
        for step in range(3):
            optimizer.zero_grad()
            for part in range(4):
                loss = backward(model, batch(10 * step + part), 0.25)
            norms.append(plain_norm(model.parameters()))
            optimizer.step()
            monitor.step(loss)
    assert column("grad_norm") == pytest.approx(norms, rel=1e-5)
    assert layers().step.tolist() == [1, 2, 3]


@pytest.mark.parametrize("parts", [3, 4, 7])
def test_a_call_for_each_part_tells_the_norm_at_the_step_alone(project: Path, parts: int) -> None:
    model = mlp()
    optimizer = SGD(model.parameters(), lr=0.1)
    norms: list[float | None] = []
    with Monitor("a", model, optimizer, judge=False, every=10) as monitor:
        for call in range(1, 12 * parts + 1):
            loss = backward(model, batch(call), 1 / parts)
            norms.append(None)
            if call % parts == 0:
                norms[-1] = plain_norm(model.parameters())
                optimizer.step()
                optimizer.zero_grad()
            monitor.step(loss)
    told = [n if n is None else pytest.approx(n, rel=1e-5) for n in norms]
    assert column("grad_norm") == told
    # Each set is that of the first optimizer step from where it is due on.
    due, expected = 1, []
    for call in range(parts, 12 * parts + 1, parts):
        if call >= due:
            expected.append(call)
            due = call - call % 10 + 10
    assert layers().step.tolist() == expected
    assert all(math.isfinite(cell(layers(), "grad_cosine", step, "0.weight"))
               for step in expected[1:])  # fmt: skip


def with_lbfgs(model: nn.Module) -> Any:
    return torch.optim.LBFGS(model.parameters(), lr=0.5, max_iter=3)


def with_sgd(model: nn.Module) -> Any:
    return SGD(model.parameters(), lr=0.1, momentum=0.9)


@pytest.mark.parametrize("clipped", [False, True], ids=["as-it-is", "clipped-inside"])
@pytest.mark.parametrize("named", [False, True], ids=["by-place", "by-name"])
@pytest.mark.parametrize("make", [with_lbfgs, with_sgd])
def test_a_closure_is_seen_as_it_computes_the_gradients(
    project: Path, make: Callable[[nn.Module], Any], named: bool, clipped: bool
) -> None:
    """As Lightning steps: zero_grad, forward and backward lie inside of the step."""
    model = mlp()
    optimizer = make(model)
    norms: list[float] = []
    with Monitor("a", model, optimizer, judge=False, every=1) as monitor:
        for number in range(3):
            evaluations: list[float] = []

            def closure(number: int = number, evaluations: list[float] = evaluations) -> Any:
                optimizer.zero_grad()
                loss = backward(model, batch(number))
                evaluations.append(plain_norm(model.parameters()))
                if clipped:
                    clip_grad_norm_(model.parameters(), 0.05)
                return loss

            loss = optimizer.step(closure=closure) if named else optimizer.step(closure)
            assert float(loss.detach()) > 0
            norms.append(evaluations[0])
            monitor.step(loss)
    assert column("grad_norm") == pytest.approx(norms, rel=1e-5)
    assert layers().step.tolist() == [1, 2, 3]
    weight = [cell(layers(), "update_ratio", step, "0.weight") for step in (1, 2, 3)]
    assert all(ratio > 0 for ratio in weight)


def test_of_two_optimizer_steps_a_call_the_first_ones_gradients_count(project: Path) -> None:
    """As sharpness-aware minimisation steps, or a critic that is trained more often."""
    model = mlp()
    optimizer = SGD(model.parameters(), lr=0.1)
    norms = []
    with Monitor("a", model, optimizer, judge=False, every=1) as monitor:
        for number in range(3):
            for half in range(2):
                optimizer.zero_grad()
                loss = backward(model, batch(2 * number + half))
                if half == 0:
                    norms.append(plain_norm(model.parameters()))
                optimizer.step()
            monitor.step(loss)
    assert column("grad_norm") == pytest.approx(norms, rel=1e-5)
    found = layers()
    assert found.step.tolist() == [1, 2, 3]
    whole = [math.hypot(*row) for row in found.gradients["grad_norm"].tolist()]
    assert whole == pytest.approx(norms, rel=1e-5)


def test_optimizers_that_step_in_turn_are_told_apart(project: Path) -> None:
    """As a GAN trains: one call of the Monitor for each half."""
    generator, critic = mlp(0), mlp(1)
    both = nn.ModuleDict({"generator": generator, "critic": critic})
    optimizers = [SGD(generator.parameters(), lr=0.1), SGD(critic.parameters(), lr=0.2)]
    norms = []
    with Monitor("a", both, optimizers, judge=False, every=1) as monitor:
        for number in range(4):
            model, optimizer = ((generator, critic)[number % 2], optimizers[number % 2])
            optimizer.zero_grad()
            loss = backward(model, batch(number))
            norms.append(plain_norm(model.parameters()))
            optimizer.step()
            monitor.step(loss)
    assert column("grad_norm") == pytest.approx(norms, rel=1e-5)
    assert column("lr/group_1") == [0.2] * 4
    told = layers().gradients["grad_norm"]
    assert [math.isnan(row[0]) for row in told.tolist()] == [False, True, False, True]


@pytest.mark.parametrize("given", [True, False], ids=["given", "found"])
def test_an_optimizer_is_found_and_one_that_replaces_it_too(project: Path, given: bool) -> None:
    model = mlp()
    optimizer: Any = SGD(model.parameters(), lr=0.1)
    norms, rates = [], []
    with Monitor("a", model, optimizer if given else None, judge=False, every=1) as monitor:
        for number in range(6):
            if number == 3:
                old = weakref.ref(optimizer)
                optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
            optimizer.zero_grad()
            loss = backward(model, batch(number))
            norms.append(plain_norm(model.parameters()))
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            monitor.step(loss)
        gc.collect()
        assert old() is None  # the state of the old one is not kept alive
    assert column("grad_norm") == pytest.approx(norms, rel=1e-5)
    assert column("lr") == rates
    assert {"lr/group_1", "grad_norm/optimizer_1"}.isdisjoint(rows()[-1])
    found = layers()
    assert found.step.tolist() == [1, 2, 3, 4, 5, 6]
    assert [parameter.group for parameter in found.parameters] == [0, 0, 0, 0]
    whole = [math.hypot(*row) for row in found.gradients["grad_norm"].tolist()]
    assert whole == pytest.approx(norms, rel=1e-5)


def test_an_optimizer_of_another_model_is_left_alone(project: Path) -> None:
    model, other = mlp(0), mlp(1)
    optimizer, others = SGD(model.parameters(), lr=0.1), SGD(other.parameters(), lr=0.7)
    with Monitor("a", model, judge=False) as monitor:
        for number in range(2):
            for one, its in ((other, others), (model, optimizer)):
                its.zero_grad()
                loss = backward(one, batch(number))
                its.step()
            norm = plain_norm(model.parameters())
            monitor.step(loss)
    assert column("lr") == [0.1, 0.1]
    assert column("grad_norm")[-1] == pytest.approx(norm, rel=1e-5)
    assert len(layers().parameters) == 4


class Sharpness(torch.optim.Optimizer):
    """Steps another optimizer within its own step, on the same parameters."""

    def __init__(self, inner: torch.optim.Optimizer) -> None:
        super().__init__(inner.param_groups, {})
        self.inner = inner
        self.param_groups = inner.param_groups

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        self.inner.step()


class Prepared:
    """What Accelerate makes of an optimizer: an object around it."""

    def __init__(self, optimizer: torch.optim.Optimizer) -> None:
        self.optimizer = optimizer

    def step(self) -> None:
        self.optimizer.step()


@pytest.mark.parametrize("around", [Sharpness, Prepared])
def test_an_optimizer_around_another_is_one(project: Path, around: Callable[[Any], Any]) -> None:
    model = mlp()
    inner = SGD(model.parameters(), lr=0.1)
    optimizer = around(inner)
    norms = []
    with Monitor("a", model, optimizer, judge=False, every=1) as monitor:
        for number in range(3):
            inner.zero_grad()
            loss = backward(model, batch(number))
            norms.append(plain_norm(model.parameters()))
            optimizer.step()
            monitor.step(loss)
    assert column("grad_norm") == pytest.approx(norms, rel=1e-5)
    assert {"lr/group_1", "grad_norm/optimizer_1"}.isdisjoint(rows()[-1])
    found = layers()
    assert found.step.tolist() == [1, 2, 3]
    cosine = found.gradients["grad_cosine"][1:]  # unknown if it was taken for another each time
    assert not any(map(math.isnan, cosine.flatten().tolist()))


def test_a_failure_of_ours_in_the_step_ends_the_measuring_alone(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from neural_trainer.layers.measurement import Measurement

    def broken(self: Any) -> Any:
        raise KeyError("ours")

    model = mlp()
    optimizer = SGD(model.parameters(), lr=0.1)
    with Monitor("a", model, optimizer, judge=False, every=2) as monitor:
        monkeypatch.setattr(Measurement, "begin", broken)
        loss = backward(model, batch(1))
        norm = plain_norm(model.parameters())
        with pytest.warns(RuntimeWarning, match="statistics by layer: no longer measured"):
            optimizer.step()
        monitor.step(loss)
        monkeypatch.setattr(Measurement, "norm", broken)
        with pytest.warns(RuntimeWarning, match="gradients: no longer measured from step 2"):
            optimizer.step()
        monitor.step(loss)
        optimizer.step()
        monitor.step(loss)
    assert column("grad_norm") == [pytest.approx(norm, rel=1e-5), None, None]
    assert column("lr") == [0.1] * 3


def test_a_failure_of_ours_after_the_step_ends_the_watching_alone(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from neural_trainer.live.model_watch import ModelWatch

    def broken(self: Any, step: int) -> Any:
        raise KeyError("ours")

    monkeypatch.setattr(ModelWatch, "took", broken)
    model = mlp()
    optimizer = SGD(model.parameters(), lr=0.1)
    with Monitor("a", model, optimizer, judge=False) as monitor:
        for _ in range(2):
            loss = backward(model, batch(1))
            optimizer.step()
            if monitor.step_number:
                monitor.step(loss)
                continue
            with pytest.warns(RuntimeWarning, match="steps: no longer measured"):
                monitor.step(loss)
        assert not optimizer._optimizer_step_pre_hooks
    assert column("loss")[1] is not None
    assert column("grad_norm") == [None, None]
