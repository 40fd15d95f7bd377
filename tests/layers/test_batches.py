"""Batches: moved, cut and counted, however they are nested."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from neural_trainer.errors import ConfigError
from neural_trainer.layers.batches import (
    check_finite,
    first_samples,
    num_samples,
    num_terms,
    on_device,
)


@pytest.mark.parametrize(
    ("batch", "count"),
    [
        pytest.param(torch.zeros(4, 2), 4, id="tensor"),
        pytest.param((torch.zeros(4, 2), torch.zeros(4)), 4, id="pair"),
        pytest.param({"name": "x", "inputs": [torch.zeros(3)]}, 3, id="nested"),
        pytest.param(torch.tensor(1.0), None, id="no-dimension"),
        pytest.param("text", None, id="no-tensor"),
    ],
)
def test_num_samples(batch: Any, count: int | None) -> None:
    assert num_samples(batch) == count


def test_on_device_keeps_the_shape_of_a_batch() -> None:
    batch = {"a": (torch.zeros(1), [torch.zeros(1), "text"])}
    moved = on_device(batch, torch.device("meta"))
    assert moved["a"][0].device.type == moved["a"][1][0].device.type == "meta"
    assert (type(moved["a"]), type(moved["a"][1]), moved["a"][1][1]) == (tuple, list, "text")


@pytest.mark.parametrize(
    ("batch", "count"),
    [
        pytest.param((torch.zeros(4, 2), torch.zeros(4, dtype=torch.int64)), 4, id="labels"),
        pytest.param((torch.zeros(2, 3), torch.tensor([[1, -100, 2], [-100, -100, 0]])), 3,
                     id="some-left-out"),
        pytest.param({"labels": torch.tensor([1, -100]), "x": torch.zeros(2)}, 1, id="mapping"),
        pytest.param((torch.zeros(4, 2), torch.zeros(4, 3)), 4, id="targets-of-a-regression"),
        pytest.param(torch.zeros(5, 2), 5, id="no-targets"),
        pytest.param("text", 1, id="nothing-to-count"),
    ],
)  # fmt: skip
def test_num_terms(batch: Any, count: int) -> None:
    assert num_terms(batch) == count


def test_first_samples_cuts_what_is_as_long_as_the_batch() -> None:
    batch = {"x": torch.arange(12).view(6, 2), "y": [torch.arange(6)], "weights": torch.ones(3)}
    cut = first_samples(batch, 2)
    assert cut["x"].tolist() == [[0, 1], [2, 3]]
    assert cut["y"][0].tolist() == [0, 1]
    assert cut["weights"].shape == (3,)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
def test_a_value_that_is_not_finite_is_named_with_its_sample(bad: float) -> None:
    images = torch.ones(4, 2, 2)
    images[2, 0, 1] = bad
    with pytest.raises(ConfigError, match=r"step 7: 1 of 16 values .* x are .* \(sample 2 first\)"):
        check_finite({"x": images, "y": torch.zeros(4, dtype=torch.int64)}, "step 7")


def test_large_values_are_no_fault_though_their_sum_overflows() -> None:
    check_finite((torch.full((8,), 6e4, dtype=torch.float16), torch.full((4,), 3e38)), "step 1")
