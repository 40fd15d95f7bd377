"""The parameters under watch: plain names, kinds, groups; samples of them; functions wrapped."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from neural_trainer.layers import samples
from neural_trainer.layers.segments import Segments
from neural_trainer.layers.watched import plain_name, watched
from neural_trainer.layers.wrapping import wrap
from neural_trainer.runs.layers import KINDS

SGD = torch.optim.SGD


class Block(nn.Module):
    """A block of a transformer as many write it."""

    def __init__(self) -> None:
        super().__init__()
        self.attn = nn.ModuleDict({"qkv": nn.Linear(8, 24), "out": nn.Linear(8, 8)})
        self.q_proj = nn.Linear(8, 8)
        self.ln_1 = nn.LayerNorm(8)
        self.mlp = nn.Linear(8, 16)
        self.lora_A = nn.Linear(8, 2, bias=False)
        self.gain = nn.Parameter(torch.ones(3, 3))


class Tied(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.wte = nn.Embedding(9, 8)
        self.block = nn.ModuleDict({"mlp": nn.Linear(8, 16), "out": nn.Linear(16, 8, bias=False)})
        self.head = nn.Linear(8, 9, bias=False)
        self.head.weight = self.wte.weight


MODELS: dict[str, tuple[Callable[[], nn.Module], dict[str, str]]] = {
    "transformer": (
        lambda: nn.ModuleDict(
            {"wte": nn.Embedding(9, 8), "block": Block(), "lm_head": nn.Linear(8, 9)}
        ),
        {
            "wte.weight": "embedding", "block.gain": "other", "block.attn.qkv.weight": "attention",
            "block.attn.qkv.bias": "bias", "block.attn.out.weight": "attention",
            "block.attn.out.bias": "bias", "block.q_proj.weight": "attention",
            "block.q_proj.bias": "bias", "block.ln_1.weight": "norm",
            "block.ln_1.bias": "norm", "block.mlp.weight": "linear", "block.mlp.bias": "bias",
            "block.lora_A.weight": "lora", "lm_head.weight": "head", "lm_head.bias": "bias",
        },
    ),
    "tied": (
        Tied,
        {"wte.weight": "embedding", "block.mlp.weight": "linear", "block.mlp.bias": "bias",
         "block.out.weight": "linear"},
    ),
    "convolutions": (
        lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Linear(4, 2)),
        {
            "0.weight": "conv", "0.bias": "bias", "1.weight": "norm", "1.bias": "norm",
            "2.weight": "head", "2.bias": "bias",
        },
    ),
    "recurrent": (
        lambda: nn.ModuleDict({"lstm": nn.LSTM(3, 4)}),
        {
            "lstm.weight_ih_l0": "recurrent", "lstm.weight_hh_l0": "recurrent",
            "lstm.bias_ih_l0": "bias", "lstm.bias_hh_l0": "bias",
        },
    ),
    "attention": (
        lambda: nn.ModuleDict({"att": nn.MultiheadAttention(8, 2)}),
        {
            "att.in_proj_weight": "attention", "att.in_proj_bias": "bias",
            "att.out_proj.weight": "attention", "att.out_proj.bias": "bias",
        },
    ),
    "one-layer": (
        lambda: nn.Sequential(nn.Linear(3, 2)),
        {"0.weight": "linear", "0.bias": "bias"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", MODELS)
def test_parameters_have_their_kinds_in_the_order_of_the_model(kind: str) -> None:
    make, expected = MODELS[kind]
    model = make()
    found = {one.about.name: one.about.kind for one in watched(model, [])}
    assert found == expected
    assert list(found) == [name for name, _ in model.named_parameters()]
    assert set(found.values()) <= set(KINDS)


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("weight", "weight"),
        ("module.0.weight", "0.weight"),
        ("_orig_mod.module.0.weight", "0.weight"),
        ("blocks.3._orig_mod.attn.weight", "blocks.3.attn.weight"),
        ("_fsdp_wrapped_module.a._fsdp_wrapped_module.b", "a.b"),
        ("my_module.weight", "my_module.weight"),
    ],
)
def test_names_are_without_what_wrappers_put_in(name: str, plain: str) -> None:
    assert plain_name(name) == plain


def test_groups_are_counted_over_all_optimizers_and_strangers_come_last() -> None:
    model, strange = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 2)), nn.Parameter(torch.ones(2))
    first = SGD([{"params": [model[0].weight]}, {"params": [model[0].bias]}], lr=0.1)
    second = SGD([{"params": [model[1].weight, strange]}], lr=0.1)
    found = watched(model, [first, second])
    assert [(one.about.name, one.about.group) for one in found] == [
        ("0.weight", 0), ("0.bias", 1), ("1.weight", 2), ("1.bias", None),
        ("optimizer.group2.1", 2),
    ]  # fmt: skip
    assert found[-1].tensor is strange
    alone = watched(None, [first])
    assert [one.about.name for one in alone] == ["optimizer.group0.0", "optimizer.group1.0"]


LAYOUTS: dict[str, Callable[[], Tensor]] = {
    "flat": lambda: torch.randn(5000),
    "matrix": lambda: torch.randn(70, 90),
    "transposed": lambda: torch.randn(70, 90).t(),
    "channels-last": lambda: torch.randn(8, 9, 10, 11).to(memory_format=torch.channels_last),
    "strided": lambda: torch.randn(140, 90)[::2],
    "small-transposed": lambda: torch.randn(5, 7).t(),
    "scalar": lambda: torch.randn(()),
    "empty": lambda: torch.randn(0, 4),
    "shifted": lambda: torch.randn(9000)[777:],
    "large": lambda: torch.randn(300, 700),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_sample_is_of_the_tensor_and_from_all_over(layout: str) -> None:
    torch.manual_seed(0)
    tensor = LAYOUTS[layout]()
    taken = samples.view(tensor)
    size = tensor.numel()
    assert taken.dim() == 1
    assert len(taken) <= samples.SAMPLE
    assert len(taken) == size or len(taken) >= samples.SAMPLE // 3
    values = taken.tolist()
    assert len(set(values)) == len(values)
    assert set(values) <= set(tensor.flatten().tolist())
    if len(taken) < size and layout != "strided":
        # In the order of memory the sample reaches into the last quarter.
        first, last = tensor.data_ptr(), taken[-1].data_ptr()
        assert (last - first) / tensor.element_size() >= 0.7 * size
    if layout == "matrix":  # not from a few columns alone
        columns = {tensor.flatten().tolist().index(value) % 90 for value in values}
        assert len(columns) > 60


@pytest.mark.parametrize("size", [0, 1, 7, 1023, 1024, 1025, 2047, 2048, 2304, 3072, 8191, 8192,
                                  8193, 65536, 65537, 1_000_003])  # fmt: skip
def test_what_lies_in_a_vector_is_sampled_as_a_tensor_is(size: int) -> None:
    num, stride = samples.num_of(size), samples.stride_of(size)
    assert num <= samples.SAMPLE
    assert stride % 2 == 1
    assert (num - 1) * stride < max(size, 1)
    assert num * stride >= 0.74 * size
    if size:
        rows = torch.arange(2.0 * size).reshape(2, size)
        taken = samples.Picks(Segments([3, 5], [size, size], True)).of(rows.flatten())
        assert taken.segments.which == [3, 5]
        assert taken.segments.sizes == [num, num]
        assert taken.values.view(2, num).tolist() == [samples.view(row).tolist() for row in rows]


def test_a_function_is_wrapped_around_and_taken_out_of_the_middle() -> None:
    place = SimpleNamespace(double=lambda x: 2 * x)
    original = place.double

    def adding(amount: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        def wrapper(inner: Callable[..., Any]) -> Callable[..., Any]:
            return lambda x: inner(x) + amount

        return wrapper

    first = wrap(place, "double", adding(1))
    second = wrap(place, "double", adding(10))
    third = wrap(place, "double", adding(100))
    assert place.double(3) == 117
    second()
    assert place.double(3) == 107
    first()
    assert place.double(3) == 106
    second()  # again: nothing is left to take out
    assert place.double(3) == 106
    third()
    assert place.double is original
    assert np.isfinite(place.double(3))
