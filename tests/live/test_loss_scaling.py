"""GradScaler: norms without the loss scale, the scale itself, and the steps that it leaves out."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from loops import backward, batch, cell, column, layers, mlp, plain_norm, rows
from torch import nn
from torch.amp import GradScaler
from torch.nn.utils import clip_grad_norm_

from neural_trainer.diagnosis import alarms, diagnose
from neural_trainer.live.monitor import Monitor
from neural_trainer.runs.run import Run, Series

SCALE = 1024.0
LIMIT = 0.05


def scaler(**more: Any) -> GradScaler:
    return GradScaler("cpu", init_scale=SCALE, growth_interval=1000, **more)


def norm_of(model: nn.Module, number: int) -> float:
    """Return the norm of the gradients that batch `number` gives without any scale."""
    backward(model, batch(number))
    norm = plain_norm(model.parameters())
    model.zero_grad()
    return norm


WAYS = ["as-it-is", "unscaled", "unscaled-and-clipped", "clipped-before-it-is-unscaled"]


@pytest.mark.parametrize("every", [1, 100], ids=["complete-set", "norm-alone"])
@pytest.mark.parametrize("fused", [False, True], ids=["plain", "fused"])
@pytest.mark.parametrize("way", WAYS)
def test_norms_are_told_without_the_loss_scale(
    project: Path, way: str, fused: bool, every: int
) -> None:
    model = mlp()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01, fused=fused)
    scale = scaler()
    norms = []
    with Monitor("a", model, optimizer, judge=False, every=every) as monitor:
        for number in range(3):
            norms.append(norm_of(model, number))
            loss = model(batch(number)).square().mean()
            scale.scale(loss).backward()
            if way.startswith("unscaled"):
                scale.unscale_(optimizer)
            if "clipped" in way:
                limit = LIMIT * (SCALE if way.startswith("clipped") else 1.0)
                clip_grad_norm_(model.parameters(), limit)
            scale.step(optimizer)
            scale.update()
            optimizer.zero_grad()
            monitor.step(loss)
    assert column("grad_norm") == pytest.approx(norms, rel=1e-5)
    assert column("loss_scale") == [SCALE] * 3
    assert column("skipped_steps") == [0.0] * 3
    if "clipped" in way:
        expected = [min(LIMIT / norm, 1.0) for norm in norms]
        assert column("clip_coefficient") == pytest.approx(expected, rel=1e-3)
    told = np.linalg.norm(layers().gradients["grad_norm"][0])
    assert told == pytest.approx(norms[0], rel=1e-5)


@pytest.mark.parametrize("fused", [False, True], ids=["plain", "fused"])
@pytest.mark.parametrize("way", WAYS[:3])
def test_a_step_that_overflows_is_counted_and_its_layers_are_kept(
    project: Path, way: str, fused: bool
) -> None:
    model = mlp()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01, fused=fused)
    scale = scaler()
    with Monitor("a", model, optimizer, judge=False, every=1) as monitor:
        for number in range(4):
            norm = norm_of(model, number)
            loss = model(batch(number)).square().mean()
            scale.scale(loss).backward()
            if number == 1:
                assert model[2].weight.grad is not None
                model[2].weight.grad[0, :2] = math.inf
            if way.startswith("unscaled"):
                scale.unscale_(optimizer)
            if "clipped" in way:
                clip_grad_norm_(model.parameters(), 1e6)
            before = model[0].weight.detach().clone()
            scale.step(optimizer)
            assert torch.equal(before, model[0].weight) == (number == 1)
            scale.update()
            optimizer.zero_grad()
            monitor.step(loss)
    assert column("skipped_steps") == [0.0, 1.0, 1.0, 1.0]
    assert column("loss_scale") == [SCALE, SCALE, SCALE / 2, SCALE / 2]
    assert column("finite") == [1.0, 0.0, 1.0, 1.0]
    assert column("grad_norm")[3] == pytest.approx(norm, rel=1e-5)
    found = layers()
    assert found.step.tolist() == [1, 2, 3, 4]
    assert cell(found, "update_ratio", 2, "0.weight") == 0.0
    assert cell(found, "update_ratio", 3, "0.weight") > 0.0
    broken = [cell(found, "grad_nonfinite", step, "2.weight") for step in (1, 2, 3, 4)]
    assert broken == [0, 2, 0, 0]
    assert cell(found, "grad_nonfinite", 2, "0.weight") == 0
    assert cell(found, "grad_norm", 2, "0.weight") > 0


def test_a_set_begun_before_a_skipped_step_is_not_ended_by_the_next(project: Path) -> None:
    model = mlp()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    scale = scaler()
    with Monitor("a", model, optimizer, judge=False, every=2) as monitor:
        for number in range(1, 4):
            loss = model(batch(number)).square().mean()
            scale.scale(loss).backward()
            if number == 2:
                assert model[2].weight.grad is not None
                model[2].weight.grad[0, 0] = math.nan
            scale.unscale_(optimizer)
            clip_grad_norm_(model.parameters(), LIMIT)
            scale.step(optimizer)
            scale.update()
            optimizer.zero_grad()
            monitor.step(loss)
    assert layers().step.tolist() == [1, 2]
    assert cell(layers(), "grad_nonfinite", 2, "2.weight") == 1


def test_optimizers_of_one_scaler_are_told_apart(project: Path) -> None:
    model = mlp()
    both = [torch.optim.SGD(model[i].parameters(), lr=0.01) for i in (0, 2)]
    scale = scaler()
    with Monitor("a", model, both, judge=False) as monitor:
        backward(model, batch(1))
        own = [plain_norm(model[i].parameters()) for i in (0, 2)]
        model.zero_grad()
        loss = model(batch(1)).square().mean()
        scale.scale(loss).backward()
        scale.unscale_(both[1])  # of one alone
        for optimizer in both:
            scale.step(optimizer)
        scale.update()
        monitor.step(loss)
    row = rows()[0]
    assert [row[f"grad_norm/optimizer_{i}"] for i in (0, 1)] == pytest.approx(own, rel=1e-5)
    assert row["grad_norm"] == pytest.approx(math.hypot(*own), rel=1e-5)


def test_an_optimizer_that_no_scaler_steps_is_not_divided_by_its_scale(project: Path) -> None:
    scaled, plain = mlp(0), mlp(1)
    both = [torch.optim.SGD(model.parameters(), lr=0.01) for model in (scaled, plain)]
    scale = scaler()
    with Monitor("a", nn.ModuleList([scaled, plain]), both, judge=False) as monitor:
        own = [norm_of(scaled, 1), norm_of(plain, 1)]
        loss = scaled(batch(1)).square().mean()
        scale.scale(loss).backward()
        scale.step(both[0])
        scale.update()
        backward(plain, batch(1))
        both[1].step()
        monitor.step(loss)
    row = rows()[0]
    assert [row[f"grad_norm/optimizer_{i}"] for i in (0, 1)] == pytest.approx(own, rel=1e-5)


def test_a_disabled_scaler_is_none(project: Path) -> None:
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    scale = scaler(enabled=False)
    with Monitor("a", model, optimizer, judge=False) as monitor:
        norm = norm_of(model, 1)
        loss = model(batch(1)).square().mean()
        scale.scale(loss).backward()
        scale.unscale_(optimizer)
        scale.step(optimizer)
        scale.update()
        monitor.step(loss)
    assert column("grad_norm") == pytest.approx([norm], rel=1e-5)
    assert {"loss_scale", "skipped_steps"}.isdisjoint(rows()[0])


def test_a_scale_is_told_where_the_optimizer_is_found(project: Path) -> None:
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    scale = scaler()
    norms = []
    with Monitor("a", model, judge=False) as monitor:
        for number in range(2):
            norms.append(norm_of(model, number))
            loss = model(batch(number)).square().mean()
            scale.scale(loss).backward()
            scale.step(optimizer)
            scale.update()
            optimizer.zero_grad()
            monitor.step(loss)
    assert column("grad_norm") == pytest.approx(norms, rel=1e-5)
    assert column("loss_scale") == [None, SCALE]  # at the first nobody was watched yet


def test_autocast_gives_the_norms_of_the_gradients_that_it_gives(project: Path) -> None:
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    norms = []
    with Monitor("a", model, optimizer, judge=False, every=1) as monitor:
        for number in range(2):
            optimizer.zero_grad()
            with torch.autocast("cpu", torch.bfloat16):
                loss = model(batch(number)).float().square().mean()
                loss.backward()
                norms.append(plain_norm(model.parameters()))
                optimizer.step()  # within it, as some loops have it
            monitor.step(loss)
    assert column("grad_norm") == pytest.approx(norms, rel=1e-5)
    told = np.linalg.norm(layers().gradients["grad_norm"], axis=1)
    assert told == pytest.approx(norms, rel=1e-5)


@pytest.mark.parametrize("steps", [60, 300, 2000])
@pytest.mark.parametrize("first", [1, 3, 8], ids=lambda first: f"{first}-at-first")
def test_steps_left_out_now_and_then_raise_no_alarm(steps: int, first: int) -> None:
    """A scaler finds its scale by overflows: the first few, later one in a while."""
    random = np.random.default_rng(0)
    step = np.arange(1.0, steps + 1)
    loss = 2 * np.exp(-6 * step / steps) + 0.5 + 0.02 * random.normal(size=steps)
    norm = 1 + 0.1 * random.normal(size=steps)
    norm[:first] = norm[steps // 2] = math.inf
    finite = np.isfinite(norm).astype(float)
    signals = {"loss": loss, "grad_norm": norm, "finite": finite, "lr": np.full(steps, 1e-3)}
    run = Run("a", "a", "jsonl", {name: Series(step, value) for name, value in signals.items()})
    report = diagnose(run)
    assert report.verdict in ("healthy", "converged")
    assert list(alarms(report)) == []
