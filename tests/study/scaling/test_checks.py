"""What a fit rests on: outliers are told, held-out compute is foretold or not."""

from __future__ import annotations

import numpy as np
import pytest
from made_studies import model_of, spread

from neural_trainer.study.scaling.bootstrap import bootstrap, draws
from neural_trainer.study.scaling.fit import fit
from neural_trainer.study.scaling.hold_out import hold_out
from neural_trainer.study.scaling.huber import DELTA
from neural_trainer.study.scaling.identified import estimates
from neural_trainer.study.scaling.points import Points
from neural_trainer.study.scaling.sensitivity import sensitivity


def moved(points: Points) -> dict[str, tuple[str, ...]]:
    """Return, for each kind of points left out, the parameters that move."""
    model = model_of(points)
    found = fit(model)
    weights = draws(np.arange(float(len(points))), 200, 0)
    samples = bootstrap(model, found, weights, DELTA)
    known = estimates(found, samples, model.columns, model.loss)
    return {case.what: case.moved for case in sensitivity(model, found, known, DELTA)}


def with_bad_start(points: Points) -> Points:
    """Return points of which the five highest losses are 30 % too high, as of runs cut short."""
    worst = np.argsort(-points.loss)[:5]
    loss = points.loss.copy()
    loss[worst] *= 1.3
    return Points(points.source, {**points.columns, "loss": loss})


def test_clean_points_move_nothing() -> None:
    cases = [what for seed in range(5) for what, names in moved(spread(seed, 100)).items() if names]
    assert len(cases) <= 2  # of 15
    assert set(moved(spread(0, 100))) == {"highest", "lowest", "worst fitted"}


def test_outliers_at_the_highest_losses_are_told() -> None:
    told = [moved(with_bad_start(spread(seed, 240, noise=0.003))) for seed in range(2)]
    assert [case["highest"] for case in told] == [("B", "beta")] * 2
    assert [case["lowest"] for case in told] == [()] * 2


@pytest.mark.parametrize("seed", range(3))
def test_a_law_that_holds_foretells(seed: int) -> None:
    points = spread(seed, 100)
    model = model_of(points)
    groups = np.arange(100.0)
    held = hold_out(model, fit(model), points.columns["compute"], groups, DELTA, 0)
    assert held is not None
    assert held.verdict == "holds"
    assert held.count == 20
    assert held.reach > 1
    assert held.inside >= 0.7


def test_losses_that_stop_to_fall_are_not_foretold() -> None:
    points = spread(0, 100)
    compute = points.columns["compute"]
    # Beyond the compute of the others the loss does not fall: data of another kind, or repeated.
    bend = np.maximum(compute / np.quantile(compute, 0.8), 1)
    columns = {**points.columns, "loss": points.loss * bend**0.05}
    model = model_of(Points("bent", columns))
    held = hold_out(model, fit(model), compute, np.arange(100.0), DELTA, 0)
    assert held is not None
    assert held.verdict == "fails"
    assert held.error.low > 0


def test_noise_beyond_the_fall_is_inconclusive() -> None:
    points = spread(1, 30, noise=0.4)
    model = model_of(points)
    held = hold_out(model, fit(model), points.columns["compute"], np.arange(30.0), DELTA, 0)
    assert held is not None
    assert held.verdict == "inconclusive"


def test_few_points_are_not_held_out() -> None:
    points = spread(0, 10)
    model = model_of(points)
    assert hold_out(model, fit(model), points.columns["compute"], np.arange(10.0), DELTA, 0) is None
