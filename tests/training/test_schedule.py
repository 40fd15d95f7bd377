"""The schedule, against plain arithmetic and torch's own."""

from __future__ import annotations

import math

import pytest
import torch

from neural_trainer.training.config import ScheduleConfig
from neural_trainer.training.schedule import lr_factor


@pytest.mark.parametrize(
    ("name", "factors"),
    [
        pytest.param("constant", {1: 0.25, 4: 1.0, 5: 1.0, 10: 1.0}, id="constant"),
        pytest.param("linear", {1: 0.25, 4: 1.0, 7: 0.55, 10: 0.1}, id="linear"),
        pytest.param("cosine", {1: 0.25, 4: 1.0, 7: 0.55, 10: 0.1}, id="cosine"),
        pytest.param("wsd", {1: 0.25, 4: 1.0, 6: 1.0, 7: 0.55, 10: 0.1}, id="wsd"),
    ],
)
def test_lr_factor(name: str, factors: dict[int, float]) -> None:
    schedule = ScheduleConfig(name, warmup_steps=4, final_fraction=0.1, decay_fraction=0.4)
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


def test_linear_goes_to_zero_as_torchs_does() -> None:
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    warm = torch.optim.lr_scheduler.LinearLR(optimizer, 0.25, 1.0, total_iters=3)
    decay = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, total_iters=16)
    scheduler = torch.optim.lr_scheduler.SequentialLR(optimizer, [warm, decay], [3])
    schedule = ScheduleConfig(name="linear", warmup_steps=4, final_fraction=0.0)
    for step in range(1, 21):
        assert lr_factor(step, schedule, 20) == pytest.approx(scheduler.get_last_lr()[0])
        optimizer.step()
        scheduler.step()
    assert lr_factor(20, schedule, 20) == 0.0


def test_wsd_cools_down_by_the_square_root_at_its_end_alone() -> None:
    schedule = ScheduleConfig(name="wsd", warmup_steps=10, final_fraction=0.0, decay_fraction=0.2)
    for step in range(10, 81):
        assert lr_factor(step, schedule, 100) == 1.0
    for step in range(81, 101):
        assert lr_factor(step, schedule, 100) == pytest.approx(1 - math.sqrt((step - 80) / 20))


@pytest.mark.parametrize("name", ["cosine", "linear", "wsd", "constant"])
def test_no_step_is_above_the_peak_or_below_the_floor(name: str) -> None:
    for warmup in (0, 5, 30):
        schedule = ScheduleConfig(name=name, warmup_steps=warmup, final_fraction=0.2)
        after = [lr_factor(step, schedule, 20) for step in range(warmup + 1, 40)]
        assert all(0.2 <= factor <= 1 for factor in after)
        assert after == sorted(after, reverse=True)
