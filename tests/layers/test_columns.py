"""Columns that are the target, and samples that lie elsewhere than those of training."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from neural_trainer.layers.columns import Moments, closest_column


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


@pytest.mark.parametrize("noise", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("sign", [1, -1])
def test_closest_column_is_numpys_correlation(noise: float, sign: int) -> None:
    target = torch.randn(200)
    table = torch.randn(200, 5)
    table[:, 3] = sign * (7 + 2 * target + noise * torch.randn(200))
    found = closest_column(table, target)
    every = np.corrcoef(np.column_stack([table.numpy(), target.numpy()]).T)[-1, :-1]
    assert found is not None
    assert float(found) == pytest.approx(np.abs(every).max(), rel=1e-4)


def test_columns_and_targets_that_never_vary() -> None:
    found = closest_column(torch.ones(64, 3), torch.ones(64))
    assert found is not None
    assert float(found) == 0


@pytest.mark.parametrize(
    ("table", "target"),
    [
        pytest.param(torch.zeros(64, 3, dtype=torch.long), torch.zeros(64), id="whole_numbers"),
        pytest.param(torch.zeros(64, 3, 8), torch.zeros(64), id="sequences"),
        pytest.param(torch.zeros(64, 3), torch.zeros(64, 2), id="two_targets"),
        pytest.param(torch.zeros(8, 3), torch.zeros(8), id="few_samples"),
    ],
)
def test_what_is_no_table(table: Tensor, target: Tensor) -> None:
    assert closest_column(table, target) is None


def moments(scale: float, offset: float, batches: int = 8) -> Moments:
    """Return those of batches whose features have their own means."""
    means, sums = torch.linspace(-1, 1, 6), None
    for _ in range(batches):
        sums = Moments.of(means + offset + scale * torch.randn(64, 6)).with_more(sums)
    assert sums is not None
    return sums


@pytest.mark.parametrize(("scale", "offset"), [(1, 0), (3, 0), (0.3, 0), (1, 2)])
def test_how_far_samples_are_apart(scale: float, offset: float) -> None:
    apart = moments(scale, offset).apart(moments(1, 0))
    assert apart is not None
    assert apart[0] == pytest.approx(scale, rel=0.15)
    assert apart[1] == pytest.approx(offset, abs=0.3)


def test_few_samples_and_other_features_tell_nothing() -> None:
    assert moments(1, 0, batches=1).apart(moments(1, 0)) is None
    assert Moments.of(torch.randn(64, 3)).with_more(moments(1, 0)).num == 32
