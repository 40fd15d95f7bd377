"""Identifiability: designs and losses that cannot tell a parameter are said, good ones are not."""

from __future__ import annotations

import numpy as np
import pytest
from made_studies import TRUTH, loss_of, model_of, spread

from neural_trainer.study.scaling.bootstrap import bootstrap, draws
from neural_trainer.study.scaling.fit import fit
from neural_trainer.study.scaling.huber import DELTA
from neural_trainer.study.scaling.identified import estimates, num_values
from neural_trainer.study.scaling.laws import power
from neural_trainer.study.scaling.model import SumOfPowers
from neural_trainer.study.scaling.points import Points


def unidentified(model: SumOfPowers, seed: int = 0) -> dict[str, str]:
    """Return which parameters are not identified, and why."""
    found = fit(model)
    weights = draws(np.arange(float(model.loss.size)), 200, seed)
    samples = bootstrap(model, found, weights, DELTA)
    known = estimates(found, samples, model.columns, model.loss)
    return {name: estimate.why for name, estimate in known.items() if not estimate.identified}


def grid(params: list[float], ratios: list[float], noise: float = 0.003) -> Points:
    """Every size with every number of tokens for each parameter, five times."""
    size, ratio = (part.ravel() for part in np.meshgrid(params, ratios))
    size, ratio = np.repeat(size, 5), np.repeat(ratio, 5)
    generator = np.random.default_rng(0)
    loss = loss_of(size, size * ratio) * np.exp(generator.normal(0, noise, len(size)))
    return Points("grid", {"params": size, "tokens": size * ratio, "loss": loss})


@pytest.mark.parametrize("seed", range(4))
def test_a_good_design_identifies_everything(seed: int) -> None:
    assert unidentified(model_of(spread(seed, noise=0.003))) == {}


def test_one_size_says_nothing_of_size() -> None:
    why = unidentified(model_of(grid([1e8], [3, 10, 30, 100, 300])))
    assert set(why) == {"E", "A", "alpha"}
    assert set(why.values()) == {"only 1 value of params"}


def test_two_sizes_say_nothing_of_an_exponent() -> None:
    why = unidentified(model_of(grid([1e8, 1e9], [3, 10, 30, 100, 300])))
    assert why["alpha"] == "only 2 values of params"
    assert why["A"] == why["E"] == why["alpha"]


def test_twenty_tokens_for_each_parameter_do_not_tell_the_terms_apart() -> None:
    sizes = np.geomspace(5e7, 1e10, 12).tolist()
    why = unidentified(model_of(grid(sizes, [20])))
    assert set(why) >= {"A", "B", "alpha", "beta"}
    assert why["A"] == "params and tokens rise together"


def test_an_offset_that_is_not_there_is_open() -> None:
    generator = np.random.default_rng(1)
    x = np.geomspace(1e6, 1e8, 25)
    loss = 11.0 * x**-0.076 * np.exp(generator.normal(0, 0.01, 25))
    why = unidentified(SumOfPowers(power("params"), {"params": x}, loss))
    assert why["E"] == "no lower end"


def test_noise_as_large_as_the_fall_opens_the_exponents() -> None:
    why = unidentified(model_of(spread(0, count=20, noise=0.2)))
    assert {"alpha", "beta"} & set(why)


def test_values_within_a_percent_are_one() -> None:
    assert num_values(np.array([1e8, 1.005e8, 2e8, 3e8])) == 3
    assert TRUTH["alpha"] != TRUTH["beta"]
