"""A config of any make, and a hostile one, becomes JSON: bounded and without cycles."""

from __future__ import annotations

import argparse
import enum
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neural_trainer.live.plain_config import MOST_ITEMS, MOST_PARTS, plain


@dataclass
class Settings:
    """A user's config as a dataclass."""

    lr: float = 0.1
    sizes: tuple[int, ...] = (1, 2)
    inner: Any = field(default_factory=lambda: SimpleNamespace(depth=3))


class Word(str, enum.Enum):
    """A choice that is a string too."""

    ADAM = "adamw"


class Level(enum.IntEnum):
    """A choice that is a number too."""

    HIGH = 3


@pytest.mark.parametrize(
    ("config", "kept"),
    [
        pytest.param(None, None, id="none"),
        pytest.param(
            {"lr": 0.1, "nested": {1: "a"}}, {"lr": 0.1, "nested": {"1": "a"}}, id="mapping"
        ),
        pytest.param(
            Settings(), {"lr": 0.1, "sizes": [1, 2], "inner": {"depth": 3}}, id="dataclass"
        ),
        pytest.param(argparse.Namespace(lr=0.1), {"lr": 0.1}, id="namespace"),
        pytest.param({"f": Path("data/x")}, {"f": "data/x"}, id="path"),
        pytest.param({"x": math.inf, "y": math.nan}, {"x": "inf", "y": "nan"}, id="non-finite"),
        pytest.param(np.float64(math.nan), "nan", id="numpy-nan"),
        pytest.param([np.float32(0.5), np.int64(3), np.bool_(True)], [0.5, 3, True], id="scalars"),
        pytest.param(np.array([0.9, 0.999]), [0.9, 0.999], id="small-array"),
        pytest.param(
            np.zeros((1000, 1000), np.float32), "<ndarray of shape (1000, 1000), float32>",
            id="large-array",
        ),
        pytest.param(torch.zeros(2, 3), "<Tensor of shape (2, 3), torch.float32>", id="tensor"),
        pytest.param([torch.bfloat16, torch.device("cpu")], ["torch.bfloat16", "cpu"], id="torch"),
        pytest.param([Word.ADAM, Level.HIGH], ["adamw", "HIGH"], id="enums"),
        pytest.param({"set": {"b", "a", "c"}}, {"set": ["a", "b", "c"]}, id="set-in-order"),
        pytest.param(torch.optim.AdamW, "torch.optim.adamw.AdamW", id="class"),
        pytest.param(json.dumps, "json.dumps", id="function"),
        pytest.param(b"abc", "<bytes of 3 bytes>", id="bytes"),
        pytest.param(10**5000, "<int of 16610 bits>", id="integer-too-long-to-print"),
        pytest.param(object(), "<builtins.object>", id="object"),
    ],
)  # fmt: skip
def test_plain(config: Any, kept: Any) -> None:
    assert plain(config) == kept
    json.dumps(plain(config), allow_nan=False)


class Hostile:
    """Fails at everything that is asked of it."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)

    def __str__(self) -> str:
        raise RuntimeError("str")

    __repr__ = __str__

    def __hash__(self) -> int:
        return 1


class EndlessMapping(dict[str, Any]):
    """Never stops to name keys."""

    def __iter__(self) -> Iterator[str]:
        number = 0
        while True:
            number += 1
            yield str(number)

    def __getitem__(self, key: str) -> Any:
        return EndlessMapping()


def cyclic() -> dict[str, Any]:
    config: dict[str, Any] = {"lr": 0.1, "list": []}
    config["self"] = config
    config["list"].append(config)
    return config


def deep() -> list[Any]:
    config: list[Any] = []
    for _ in range(100_000):
        config = [config]
    return config


def wide() -> dict[str, Any]:
    """A few objects that unfold to 10^30 parts."""
    config: Any = "leaf"
    for _ in range(15):
        config = {str(number): config for number in range(100)}
    return {"config": config}


@pytest.mark.parametrize(
    "config",
    [
        pytest.param({"a": Hostile(), Hostile(): 1}, id="fails-at-everything"),
        pytest.param(EndlessMapping(), id="endless"),
        pytest.param(cyclic(), id="cyclic"),
        pytest.param(deep(), id="deep"),
        pytest.param(wide(), id="unfolds"),
        pytest.param({"data": list(range(1_000_000))}, id="long-list"),
        pytest.param({str(number): number for number in range(100_000)}, id="many-keys"),
        pytest.param("\ud800 surrogate \0", id="surrogate"),
        pytest.param("x" * 10_000_000, id="long-text"),
        pytest.param({"x" * 10_000_000: 1}, id="long-key"),
        pytest.param(torch.nn.Linear(3, 3), id="module"),
        pytest.param((number for number in range(3)), id="generator"),
    ],
)
def test_a_hostile_config_becomes_bounded_json(config: Any) -> None:
    kept = plain(config)
    text = json.dumps(kept, allow_nan=False)
    assert text.encode("utf-8")
    assert len(text) < 100 * MOST_PARTS


def test_what_is_left_out_is_counted() -> None:
    kept = plain({"list": list(range(MOST_ITEMS + 5)), "map": dict.fromkeys(range(1010), 0)})
    assert kept["list"][-1] == "... 5 more"
    assert kept["map"]["..."] == "10 more"
    assert plain(cyclic())["self"] == "<itself>"


def test_the_same_part_twice_is_no_cycle() -> None:
    betas = [0.9, 0.95]
    assert plain({"a": betas, "b": betas}) == {"a": betas, "b": betas}


leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()
nests = st.recursive(
    leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner)
)


@given(nests)
def test_plain_of_plain_is_the_same(config: Any) -> None:
    kept = plain(config)
    assert plain(json.loads(json.dumps(kept, allow_nan=False))) == kept
