"""The average of the weights: plain arithmetic, and put in place without a trace."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from neural_trainer.training.ema import Ema


def test_the_average_is_that_of_plain_arithmetic(project: Path) -> None:
    model = nn.Linear(2, 1)
    model.bias.requires_grad_(False)
    ema = Ema(model, 0.75)
    expected = model.weight.detach().clone()
    for step in range(1, 6):
        with torch.no_grad():
            model.weight.add_(step)
        ema.update()
        expected = 0.75 * expected + 0.25 * model.weight.detach()
    torch.testing.assert_close(ema.weights["weight"], expected)
    assert set(ema.weights) == {"weight"}


def test_in_place_and_back_bit_for_bit() -> None:
    model = nn.Linear(3, 2)
    ema = Ema(model, 0.5)
    with torch.no_grad():
        model.weight.mul_(1.1)
    ema.update()
    before = model.weight.detach().clone()
    with ema.in_place():
        assert torch.equal(model.weight, ema.weights["weight"])
        assert not torch.equal(model.weight, before)
    assert torch.equal(model.weight, before)
    with pytest.raises(ZeroDivisionError), ema.in_place():
        1 / 0  # noqa: B018
    assert torch.equal(model.weight, before)
