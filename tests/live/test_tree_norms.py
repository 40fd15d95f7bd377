"""Norms of nests of arrays, against plain float64 arithmetic, whatever holds the arrays."""

from __future__ import annotations

import doctest
import math
from collections import OrderedDict, namedtuple
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neural_trainer.errors import ConfigError
from neural_trainer.live import tree_norms as module
from neural_trainer.live.tree_norms import tree_norms

Pair = namedtuple("Pair", ["weight", "bias"])


@dataclass
class Layer:
    """A user's own node."""

    weight: Any
    bias: Any = None


A, B = np.array([[3.0, 0.0], [0.0, 4.0]]), np.array([12.0])


@pytest.mark.parametrize(
    ("tree", "paths"),
    [
        pytest.param({"l": {"w": A, "b": B}}, ["l/w", "l/b"], id="dicts"),
        pytest.param(OrderedDict(w=A, b=B), ["w", "b"], id="ordered-dict"),
        pytest.param([A, (B,)], ["0", "1/0"], id="lists-and-tuples"),
        pytest.param(Pair(A, B), ["weight", "bias"], id="named-tuple"),
        pytest.param([Layer(A), Layer(B)], ["0/weight", "1/weight"], id="dataclasses"),
        pytest.param({"l.0": A, 3: B}, ["l.0", "3"], id="names-as-they-are"),
        pytest.param({"w": torch.tensor(A), "b": torch.tensor(B)}, ["w", "b"], id="torch"),
        pytest.param({"w": torch.tensor(A), "b": B}, ["w", "b"], id="mixed"),
        pytest.param(
            {"w": torch.tensor(A).to_sparse(), "b": torch.tensor(B)}, ["w", "b"], id="sparse"
        ),
        pytest.param({"w": A, "b": B, "none": None, "count": np.array(7)}, ["w", "b"], id="others"),
        pytest.param({"w": A.astype(np.float16), "b": 12.0}, ["w", "b"], id="half-and-a-number"),
        pytest.param({"w": torch.tensor(A, dtype=torch.bfloat16), "b": B}, ["w", "b"], id="bf16"),
        pytest.param({"w": A * 1j, "b": torch.tensor(B) * 1j}, ["w", "b"], id="complex"),
    ],
)
def test_norms_by_path_and_of_all(tree: Any, paths: list[str]) -> None:
    expected = {"grad_norm": 13.0, "finite": 1.0}
    expected.update({f"grad_norm/{paths[0]}": 5.0, f"grad_norm/{paths[1]}": 12.0})
    assert tree_norms(tree) == pytest.approx(expected, rel=1e-12)


def test_a_single_array_is_a_tree() -> None:
    assert tree_norms(A) == {"grad_norm": 5.0, "finite": 1.0}


@pytest.mark.parametrize("empty", [{}, [], {"w": None}, {"count": np.array([1, 2])}])
def test_without_gradients_the_norm_is_zero(empty: Any) -> None:
    assert tree_norms(empty) == {"grad_norm": 0.0, "finite": 1.0}


@pytest.mark.parametrize("make", [np.array, torch.tensor], ids=["numpy", "torch"])
@pytest.mark.parametrize(
    ("values", "norm"),
    [
        pytest.param([1e200, 1e200], math.sqrt(2) * 1e200, id="squares-would-overflow"),
        pytest.param([1e-200, 1e-200], math.sqrt(2) * 1e-200, id="squares-would-vanish"),
        pytest.param([0.0, 0.0], 0.0, id="zeros"),
        pytest.param([], 0.0, id="empty"),
        pytest.param([1.0, math.inf], math.inf, id="infinite"),
        pytest.param([math.inf, -math.inf], math.inf, id="both-infinities"),
        pytest.param([1.0, math.nan], math.nan, id="nan"),
        pytest.param([math.inf, math.nan], math.nan, id="nan-and-infinite"),
    ],
)
def test_extremes(make: Any, values: list[float], norm: float) -> None:
    dtype = np.float64 if make is np.array else torch.float64
    found = tree_norms({"w": make(values, dtype=dtype), "b": B * 0})
    assert found["grad_norm"] == pytest.approx(norm, rel=1e-12, nan_ok=True)
    assert found["grad_norm/w"] == pytest.approx(norm, rel=1e-12, nan_ok=True)
    assert found["finite"] == float(math.isfinite(norm))


def test_one_broken_leaf_leaves_the_others_as_they_are() -> None:
    found = tree_norms({"w": A, "b": np.array([math.nan])})
    assert found["grad_norm/w"] == 5.0
    assert math.isnan(found["grad_norm"])
    assert found["finite"] == 0.0


def test_what_is_no_array_is_named_with_its_path() -> None:
    with pytest.raises(ConfigError, match=r"grads\['l'\]\['0'\] is a str"):
        tree_norms({"l": ["abc"]})


numbers = st.floats(-1e30, 1e30)


@given(st.dictionaries(st.text("abc", min_size=1), st.lists(numbers, max_size=6), max_size=5))
def test_the_norm_is_that_of_all_elements_in_one_array(leaves: dict[str, list[float]]) -> None:
    tree = {name: np.array(values) for name, values in leaves.items()}
    whole = math.hypot(*(value for values in leaves.values() for value in values))
    found = tree_norms(tree)
    assert found["grad_norm"] == pytest.approx(whole, rel=1e-12, abs=1e-300)
    assert len(found) == 2 + len(leaves)


def test_its_example_holds() -> None:
    results = doctest.testmod(module)
    assert results.attempted > 0
    assert results.failed == 0
