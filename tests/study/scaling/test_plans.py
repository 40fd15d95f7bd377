"""Plans: the closed form where there is one, scipy elsewhere, intervals and verdicts."""

from __future__ import annotations

import numpy as np
import pytest
from made_studies import TRUTH, curves, loss_of, optimal_params, spread
from scipy.optimize import minimize_scalar

from neural_trainer.errors import NeuralTrainerError
from neural_trainer.study.scaling.allocation import Demand, allocate
from neural_trainer.study.scaling.analysis import Settings, analyse
from neural_trainer.study.scaling.law_losses import effective_tokens, law_loss
from neural_trainer.study.scaling.laws import OVER_TRAINING, PARAMETRIC
from neural_trainer.study.scaling.points import Points

THETA = PARAMETRIC.fitted(np.array([list(TRUTH.values())]))


@pytest.mark.parametrize("flops", [1e18, 1e21, 1e26])
def test_the_optimum_is_that_of_hoffmann(flops: float) -> None:
    demand = Demand(flops)
    params, tokens, loss = allocate(demand, law_loss(PARAMETRIC, THETA, demand), 1)
    assert params[0] == pytest.approx(optimal_params(flops), rel=1e-4)
    assert 6 * params[0] * tokens[0] == pytest.approx(flops)
    assert loss[0] == pytest.approx(loss_of(params[0], tokens[0]))


@pytest.mark.parametrize("served", [1e10, 1e12, 1e13])
def test_tokens_to_serve_ask_for_a_smaller_model(served: float) -> None:
    demand = Demand(1e23, served)
    params, tokens, loss = allocate(demand, law_loss(PARAMETRIC, THETA, demand), 1)
    assert params[0] * (6 * tokens[0] + 2 * served) == pytest.approx(1e23)
    assert params[0] < optimal_params(1e23)

    def cost(size: float) -> float:
        left = (1e23 / np.exp(size) - 2 * served) / 6
        return float(loss_of(np.exp(size), left)) if left > 0 else 1e9

    most = np.log(1e23 / 2 / served)
    right = minimize_scalar(cost, bounds=(np.log(1e7), most), method="bounded")
    assert loss[0] <= right.fun + 1e-9
    assert params[0] == pytest.approx(np.exp(right.x), rel=1e-2)


def test_few_tokens_ask_for_a_larger_model() -> None:
    fresh, scarce = Demand(1e23), Demand(1e23, unique=1e10)
    free = allocate(fresh, law_loss(PARAMETRIC, THETA, fresh), 1)
    bound = allocate(scarce, law_loss(PARAMETRIC, THETA, scarce), 1)
    assert bound[0][0] > free[0][0]
    assert bound[2][0] > free[2][0]
    worth = effective_tokens(bound[1], 1e10, 15.39)[0]
    assert bound[2][0] == pytest.approx(float(loss_of(bound[0][0], worth)))


def test_serving_that_costs_more_than_the_budget_is_refused() -> None:
    demand = Demand(1e15, 1e15)
    with pytest.raises(NeuralTrainerError, match="fewer --served tokens"):
        allocate(demand, law_loss(PARAMETRIC, THETA, demand), 1)


def test_the_over_training_law_plans_like_its_twin() -> None:
    twin = PARAMETRIC.fitted(np.array([[1.8, 480, 2100, 0.35, 0.35]]))
    each = 6 ** (0.35 / 2)
    theta = OVER_TRAINING.fitted(np.array([[1.8, 480 * each, 2100 * each, 0.35 / 2]]))
    demand = Demand(1e22)
    right = allocate(demand, law_loss(PARAMETRIC, twin, demand), 1)
    found = allocate(demand, law_loss(OVER_TRAINING, theta, demand), 1)
    assert [part[0] for part in found] == pytest.approx([part[0] for part in right], rel=1e-4)


@pytest.mark.parametrize(
    ("method", "points"),
    [("parametric", spread(0, 100)), ("isoflop", curves(0))],
    ids=["parametric", "isoflop"],
)
def test_the_interval_of_a_plan_holds_the_truth(method: str, points: Points) -> None:
    demands = [Demand(1e21), Demand(1e23)]
    found = analyse(points, Settings(method, samples=200, demands=demands))
    for plan, flops in zip(found.plans, (1e21, 1e23), strict=True):
        assert plan.params.holds(optimal_params(flops))
        assert plan.tokens.holds(flops / 6 / optimal_params(flops))
        assert plan.verdict == "plan"
        assert plan.reach == pytest.approx(flops / points.columns["compute"].max(), rel=1e-6)
        best = float(loss_of(optimal_params(flops), flops / 6 / optimal_params(flops)))
        assert plan.loss.value == pytest.approx(best, rel=0.05)
    near, far = found.plans
    assert far.params.factor > near.params.factor


def test_noise_makes_a_plan_inconclusive() -> None:
    points = spread(0, 20, noise=0.3)
    found = analyse(points, Settings(samples=200, demands=[Demand(1e25)]))
    assert found.plans[0].verdict == "inconclusive"


def test_sizes_that_rise_with_tokens_plan_nothing() -> None:
    params = np.geomspace(5e7, 1e10, 40)
    columns = {"params": params, "tokens": 20 * params, "loss": loss_of(params, 20 * params)}
    columns["compute"] = 120 * params**2
    columns["loss"] *= np.exp(np.random.default_rng(0).normal(0, 0.003, 40))
    found = analyse(Points("line", columns), Settings(samples=100, demands=[Demand(1e22)]))
    assert found.plans[0].verdict == "inconclusive"
    assert found.plans[0].params.why == "params and tokens rise together"


def test_a_law_of_one_column_divides_no_budget() -> None:
    with pytest.raises(NeuralTrainerError, match="does not say how to divide"):
        analyse(spread(), Settings("power", samples=100, demands=[Demand(1e22)]))


def test_optima_plan_for_training_alone() -> None:
    with pytest.raises(NeuralTrainerError, match="fit --method parametric"):
        analyse(curves(), Settings("isoflop", samples=100, demands=[Demand(1e22, served=1e12)]))
