"""Laws of learning rate and batch: a valley that is known, and grids without one."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from made_studies import loss_of

from neural_trainer.errors import NeuralTrainerError
from neural_trainer.study.scaling.hyperparameters import hyperparameters
from neural_trainer.study.scaling.points import Points


def grids(noise: float = 0.001, batches: tuple[float, float] = (32, 4096)) -> Points:
    """Grids of eight sizes whose optima follow Step Law: lr 1.79 N^-0.713 D^0.307."""
    generator = np.random.default_rng(0)
    rows = []
    for params, ratio in product([1e8, 2e8, 4e8, 1e9], [10.0, 100.0]):
        tokens = params * ratio
        best = 1.79 * params**-0.713 * tokens**0.307
        batch = 0.58 * tokens**0.571 / 2048
        for lr, size in product(np.geomspace(2e-4, 2e-2, 10), np.geomspace(*batches, 9)):
            away = np.log(lr / best) ** 2 * 0.01 + np.log(size / batch) ** 2 * 0.008
            loss = loss_of(params, tokens) * np.exp(away + generator.normal(0, noise))
            rows.append((params, tokens, lr, size, loss))
    columns = dict(zip(("params", "tokens", "lr", "batch", "loss"), np.array(rows).T, strict=True))
    return Points("grids", columns)


def test_the_exponents_are_found() -> None:
    optima, laws = hyperparameters(grids())
    assert len(optima) == 8
    by_kind = {law.kind: law for law in laws}
    lr, batch = by_kind["lr"], by_kind["batch"]
    assert lr.on_params is not None
    assert lr.on_tokens is not None
    assert batch.on_tokens is not None
    assert lr.on_params.value == pytest.approx(-0.713, abs=0.1)
    assert lr.on_tokens.value == pytest.approx(0.307, abs=0.05)
    assert batch.on_tokens.value == pytest.approx(0.571, abs=0.06)
    assert lr.on_tokens.holds(0.307)
    assert batch.on_tokens.holds(0.571)


def test_each_optimum_has_an_interval_about_the_truth() -> None:
    optima, _ = hyperparameters(grids())
    right = [1.79 * o.params**-0.713 * o.tokens**0.307 for o in optima]
    held = [o.lr.holds(best) for o, best in zip(optima, right, strict=True)]
    assert sum(held) >= 7
    assert all(o.lr.identified for o in optima)


def test_a_valley_beyond_the_grid_is_not_identified() -> None:
    optima, laws = hyperparameters(grids(batches=(2e5, 2e7)))
    assert not any(o.batch.identified for o in optima)
    assert optima[0].batch.why == "no valley within the grid"
    assert [law.kind for law in laws] == ["lr"]


def test_one_size_makes_no_law() -> None:
    points = grids()
    one = points.where((points.columns["params"] < 1.5e8) & (points.columns["tokens"] < 2e9))
    optima, laws = hyperparameters(one)
    assert (len(optima), laws) == (1, [])


def test_single_runs_are_no_grid() -> None:
    points = grids()
    few = points.where(np.arange(len(points)) % 30 == 0)
    with pytest.raises(NeuralTrainerError, match="expected a grid of both"):
        hyperparameters(few)
