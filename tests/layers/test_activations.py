"""Statistics of module outputs, against float64 over the elements that are looked at."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from neural_trainer.layers import activations
from neural_trainer.layers.activations import Activations, kind_of, sample
from neural_trainer.runs.layers import ACTIVATION_STATISTICS


def told(watch: Activations) -> dict[str, dict[str, float]]:
    """Return what was measured since the last call, by module and statistic."""
    found = watch.measure()
    assert found is not None
    numbers, readings = found
    table = readings(numbers.numpy())
    names = [module.name for module in watch.modules]
    return {
        name: dict(zip(ACTIVATION_STATISTICS, table[:, i].tolist(), strict=True))
        for i, name in enumerate(names)
    }


def watching(model: nn.Module, *patterns: str) -> Activations:
    def fail(error: Exception) -> None:
        raise AssertionError("a measurement failed") from error

    watch = Activations(model, patterns, fail)
    watch.on = True
    return watch


class Fixed(nn.Module):
    """Puts out what it was made with, through an activation function."""

    def __init__(self, act: nn.Module) -> None:
        super().__init__()
        self.act = act

    def forward(self, values: Tensor) -> Tensor:
        out: Tensor = self.act(values)
        return out


INPUTS: dict[str, Callable[[], Tensor]] = {
    "matrix": lambda: torch.randn(40, 24),
    "vector": lambda: torch.randn(24),
    "sequence": lambda: torch.randn(3, 5, 24),
    "image": lambda: torch.randn(2, 24, 3, 4),
    "image-channels-last": lambda: torch.randn(2, 24, 3, 4).to(
        memory_format=torch.channels_last
    ),
    "bfloat16": lambda: torch.randn(40, 24).bfloat16(),
    "float64": lambda: torch.randn(40, 24).double(),
    "transposed": lambda: torch.randn(24, 40).t(),
}  # fmt: skip
BOUNDS = {"tanh": (-0.99, 0.99), "sigmoid": (0.01, 0.99)}


def by_unit(output: Tensor) -> Any:
    """Return all of an output as float64, (values, units)."""
    values = output.detach().double().numpy()
    if values.ndim >= 4:
        values = np.moveaxis(values, 1, -1)
    return values.reshape(-1, values.shape[-1])


@pytest.mark.parametrize("kind", INPUTS)
@pytest.mark.parametrize(
    "act", [nn.ReLU(), nn.GELU(), nn.SiLU(), nn.Tanh(), nn.Sigmoid(), nn.LeakyReLU(), nn.ReLU6()],
    ids=lambda act: type(act).__name__,
)  # fmt: skip
def test_statistics_are_those_of_float64(act: nn.Module, kind: str) -> None:
    torch.manual_seed(0)
    model = Fixed(act)
    values = INPUTS[kind]() * 3
    units = values.shape[1] if values.dim() >= 4 else values.shape[-1]
    shift = torch.zeros(units, dtype=values.dtype)
    shift[::4] = -30.0  # of each fourth unit nothing comes through
    values = values + (shift[:, None, None] if values.dim() >= 4 else shift)
    watch = watching(model)
    output = by_unit(model(values))
    found = told(watch)["act"]
    assert found["mean"] == pytest.approx(output.mean(), rel=1e-4, abs=1e-6)
    assert found["std"] == pytest.approx(output.std(), rel=1e-4)
    name = kind_of(act)
    if name in ("relu", "gelu", "silu"):
        assert found["dead"] == pytest.approx((output.max(axis=0) <= 0).mean())
        assert found["dead"] >= 0.25
    else:
        assert math.isnan(found["dead"])
    if name in BOUNDS:
        low, high = BOUNDS[name]
        assert found["saturated"] == pytest.approx(((output <= low) | (output >= high)).mean())
        assert found["saturated"] > 0.25
    else:
        assert math.isnan(found["saturated"])
    assert math.isnan(found["max_logit"])
    watch.release()


@pytest.mark.parametrize(
    "shape", [(1000, 500), (64, 128), (8, 256, 20, 20), (3, 700, 300), (5,), ()], ids=str
)
@pytest.mark.parametrize("last", [False, True], ids=["contiguous", "channels-last"])
def test_a_sample_is_small_and_of_the_output(shape: tuple[int, ...], last: bool) -> None:
    output = torch.arange(float(np.prod(shape))).reshape(shape)
    if last and len(shape) == 4:
        output = output.to(memory_format=torch.channels_last)
    taken = sample(output)
    assert taken.dim() == 2
    assert taken.shape[0] <= activations._ROWS
    assert taken.shape[1] <= activations._UNITS
    assert taken.numel() == len(set(taken.flatten().tolist()))
    assert set(taken.flatten().tolist()) <= set(output.flatten().tolist())
    if output.numel() > 8192:
        assert taken.numel() > 2000
        # From all over: the largest of the sample is among the last third.
        assert float(taken.max()) > output.numel() * 0.6
    # A column holds values of one unit alone.
    units = shape[1] if len(shape) >= 4 else (shape[-1] if shape else 1)
    inside = int(np.prod(shape[2:])) if len(shape) >= 4 else 1
    of_unit = (taken.long() // inside) % units
    assert (of_unit == of_unit[0]).all()


class Attention(nn.Module):
    """Attention whose queries and keys are given."""

    def __init__(self, **how: Any) -> None:
        super().__init__()
        self.how = how

    def forward(self, query: Tensor, key: Tensor) -> Tensor:
        return nn.functional.scaled_dot_product_attention(query, key, key, **self.how)


def largest(query: Tensor, key: Tensor, scale: float) -> float:
    q, k = query.double().numpy(), key.double().numpy()
    if q.shape[-3] != k.shape[-3]:
        k = np.repeat(k, q.shape[-3] // k.shape[-3], axis=-3)
    return float((q @ np.swapaxes(k, -1, -2)).max() * scale)


@pytest.mark.parametrize(
    ("heads", "how", "scale"),
    [
        pytest.param(4, {}, 8**-0.5, id="plain"),
        pytest.param(4, {"scale": 0.5}, 0.5, id="scaled"),
        pytest.param(4, {"is_causal": True}, 8**-0.5, id="causal"),
        pytest.param(2, {"enable_gqa": True}, 8**-0.5, id="grouped-queries"),
        pytest.param(1, {"enable_gqa": True}, 8**-0.5, id="one-key-head"),
    ],
)
@pytest.mark.parametrize("autocast", [False, True], ids=["float32", "autocast"])
def test_the_largest_logit_is_that_of_float64(
    heads: int, how: dict[str, Any], scale: float, autocast: bool
) -> None:
    torch.manual_seed(1)
    query = torch.randn(2, 4, 33, 8) * 5
    key = torch.randn(2, heads, 33, 8) * 5
    model = nn.ModuleDict({"attention": Attention(**how)})
    watch = watching(model)
    try:
        with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
            expected = scaled_dot_product_attention(query, key, key, **how)
            assert torch.equal(model["attention"](query, key), expected)
        assert told(watch)["attention"]["max_logit"] == pytest.approx(
            largest(query, key, scale), rel=1e-5
        )
    finally:
        watch.release()


class Mixer(nn.Module):
    """An attention by its name alone."""

    def __init__(self) -> None:
        super().__init__()
        self.c_attn = nn.Linear(8, 16)
        self.attn_drop = nn.Sequential(nn.Dropout(0.0))

    def forward(self, x: Tensor) -> Tensor:
        query, key = self.c_attn(x)[:, None].chunk(2, dim=-1)
        return self.attn_drop(nn.functional.scaled_dot_product_attention(query, key, key))


@pytest.mark.parametrize("name", ["attn", "self_attn", "attn1", "cross_attention"])
def test_an_attention_is_told_by_its_name_its_projections_are_not(name: str) -> None:
    torch.manual_seed(0)
    model = nn.ModuleDict({name: Mixer()})
    watch = watching(model)
    assert [module.name for module in watch.modules] == [name]
    x = torch.randn(2, 5, 8)
    model[name](x)
    query, key = model[name].c_attn(x).detach().double().chunk(2, dim=-1)
    largest = float((query @ key.transpose(1, 2)).max()) / math.sqrt(8)
    assert told(watch)[name]["max_logit"] == pytest.approx(largest, rel=1e-5)
    watch.release()


def test_logits_are_those_of_the_innermost_attention() -> None:
    class Outer(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner_attention = Attention()

        def forward(self, query: Tensor) -> Tensor:
            out: Tensor = self.inner_attention(query, query)
            return nn.functional.scaled_dot_product_attention(out * 100, out * 100, out)

    class OuterAttention(Outer):
        pass

    torch.manual_seed(2)
    query = torch.randn(1, 2, 5, 4)
    model = nn.ModuleDict({"outer": OuterAttention()})
    watch = watching(model)
    try:
        out = model["outer"].inner_attention(query, query)
        model["outer"](query)
        found = told(watch)
    finally:
        watch.release()
    assert found["outer.inner_attention"]["max_logit"] == pytest.approx(
        largest(query, query, 0.5), rel=1e-5
    )
    assert found["outer"]["max_logit"] == pytest.approx(
        largest(out * 100, out * 100, 0.5), rel=1e-5
    )


def test_multihead_attention_shows_its_logits_where_it_needs_no_weights() -> None:
    torch.manual_seed(3)
    model = nn.ModuleDict({"own": nn.MultiheadAttention(8, 2, batch_first=True)})
    inputs = torch.randn(2, 5, 8)
    watch = watching(model)
    try:
        model["own"](inputs, inputs, inputs, need_weights=False)
        first = told(watch)["own"]["max_logit"]
        model["own"](inputs, inputs, inputs)
        second = told(watch)["own"]["max_logit"]
    finally:
        watch.release()
    assert math.isfinite(first)
    assert math.isnan(second)  # that path has no attention function of torch's


def test_only_passes_that_gradients_follow_are_looked_at_and_the_last_counts() -> None:
    model = Fixed(nn.ReLU())
    watch = watching(model)
    with torch.no_grad():
        model(torch.full((4, 3), 7.0))
    assert watch.measure() is None
    model(torch.full((4, 3), 1.0))
    model(torch.full((4, 3), 2.0))
    assert told(watch)["act"]["mean"] == 2.0
    watch.on = False
    model(torch.full((4, 3), 3.0))
    assert watch.measure() is None
    watch.release()


def test_an_output_that_is_changed_in_place_was_copied_before() -> None:
    model = nn.Sequential(nn.ReLU())
    watch = watching(model)
    model(torch.ones(4, 3)).mul_(100)
    assert told(watch)["0"]["mean"] == 1.0
    watch.release()


def test_modules_are_chosen_by_patterns_of_their_plain_names() -> None:
    model = nn.Sequential(nn.Linear(3, 3), nn.ReLU(), nn.Sequential(nn.Linear(3, 3), nn.Tanh()))
    wrapped = nn.ModuleDict({"module": model})
    assert [m.name for m in Activations(wrapped).modules] == ["1", "2.1"]
    chosen = Activations(wrapped, ("2.*", "0")).modules
    assert [(m.name, m.kind) for m in chosen] == [
        ("0", "other"), ("2.0", "other"), ("2.1", "tanh"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("output", "seen"),
    [
        pytest.param((torch.full((2, 3), 4.0), "more"), 4.0, id="tuple"),
        pytest.param({"out": torch.ones(2, 3)}, None, id="dict"),
        pytest.param(torch.ones(2, 3, dtype=torch.long), None, id="whole-numbers"),
        pytest.param(torch.ones(0, 3), None, id="empty"),
        pytest.param((), None, id="empty-tuple"),
        pytest.param(None, None, id="nothing"),
    ],
)
def test_outputs_of_any_kind_are_taken_or_left(output: Any, seen: float | None) -> None:
    class Odd(nn.Module):
        def forward(self) -> Any:
            return output

    model = nn.ModuleDict({"odd": Odd()})
    watch = watching(model, "odd")
    model["odd"]()
    if seen is None:
        assert watch.measure() is None
    else:
        assert told(watch)["odd"]["mean"] == seen
    watch.release()


def test_what_fails_in_a_measurement_is_told_once_and_ends_no_forward_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: Any) -> Any:
        raise ValueError("ours")

    monkeypatch.setattr(activations, "sample", broken)
    monkeypatch.setattr(activations, "_largest_logit", broken)
    errors: list[Exception] = []
    model = nn.ModuleDict({"relu": nn.ReLU(), "attention": Attention()})
    watch = Activations(model, (), errors.append)
    watch.on = True
    query = torch.randn(1, 2, 5, 4)
    try:
        for _ in range(2):
            assert model["attention"](query, query).shape == query.shape
            assert model["relu"](torch.ones(2)).tolist() == [1.0, 1.0]
    finally:
        watch.release()
    assert [str(error) for error in errors] == ["ours"]
    assert watch.measure() is None


def test_a_forward_pass_that_raises_leaves_no_module_behind() -> None:
    class Raises(nn.Module):
        def forward(self, query: Tensor) -> Tensor:
            raise RuntimeError("theirs")

    class RaisesAttention(Raises):
        pass

    model = nn.ModuleDict({"raises": RaisesAttention(), "attention": Attention()})
    watch = watching(model)
    query = torch.randn(1, 2, 5, 4)
    try:
        with pytest.raises(RuntimeError, match="theirs"):
            model["raises"](query)
        assert watch.measure() is None
        nn.functional.scaled_dot_product_attention(query, query, query)
        assert watch.measure() is None  # that belongs to no module
        model["attention"](query, query)
        assert math.isnan(told(watch)["raises"]["max_logit"])
    finally:
        watch.release()


def test_release_takes_all_hooks_away() -> None:
    model = nn.ModuleDict({"relu": nn.ReLU(), "attention": Attention()})
    watch = watching(model)
    assert nn.functional.scaled_dot_product_attention is not scaled_dot_product_attention
    watch.release()
    watch.release()
    assert nn.functional.scaled_dot_product_attention is scaled_dot_product_attention
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())
