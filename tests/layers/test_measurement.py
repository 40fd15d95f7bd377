"""Statistics of gradients and weights, against float64 over every element, on host and device."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from plain import doubles, measure, plain_norm, plain_statistics, seen
from torch import Tensor, nn

from neural_trainer.layers.layout import Layout
from neural_trainer.layers.measurement import Measurement
from neural_trainer.layers.reductions import PIECE
from neural_trainer.layers.samples import SAMPLE
from neural_trainer.layers.segments import ON_DEVICE, ON_HOST
from neural_trainer.runs.layers import GRADIENT_STATISTICS

WHERE = pytest.mark.parametrize("on_host", [True, False], ids=["on-host", "on-device"])
SMALL = ON_DEVICE.small
# What an element has been rounded by: the statistics cannot be righter.
EPSILON = {torch.bfloat16: 2e-2, torch.float16: 2e-3}


def normal(*shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.randn(shape, dtype=dtype)


def uneven(*shape: int) -> Tensor:
    """Gradients of a network are far from normal: some orders of magnitude, many zeros."""
    values = torch.randn(shape) * torch.exp(2 * torch.randn(shape))
    return torch.where(torch.rand(shape) < 0.3, torch.zeros(()), values)


def large(*shape: int) -> tuple[int, ...]:
    assert int(np.prod(shape)) > SMALL
    return shape


MAKERS: dict[str, Callable[[], Tensor]] = {
    "scalar": lambda: normal(),
    "one": lambda: normal(1),
    "bias": lambda: uneven(7),
    "matrix": lambda: uneven(24, 40),
    "sample-whole": lambda: uneven(SAMPLE),
    "just-small": lambda: uneven(SMALL),
    "just-large": lambda: uneven(SMALL + 1),
    "just-small-on-host": lambda: uneven(ON_HOST.small),
    "just-large-on-host": lambda: uneven(ON_HOST.small + 1),
    "in-pieces": lambda: uneven(3, PIECE + 1),
    "in-pieces-transposed": lambda: uneven(3, PIECE + 1).t(),
    "in-pieces-bfloat16": lambda: uneven(2 * PIECE + 3).bfloat16(),
    "large": lambda: uneven(*large(321, 260)),
    "transposed": lambda: uneven(24, 40).t(),
    "large-transposed": lambda: uneven(*large(321, 260)).t(),
    "strided": lambda: uneven(48, 40)[::2],
    "large-strided": lambda: uneven(*large(642, 260))[::2],
    "expanded": lambda: normal(1, 40).expand(24, 40),
    "channels-last": lambda: uneven(8, 6, 3, 3).to(memory_format=torch.channels_last),
    "large-channels-last": lambda: uneven(*large(96, 80, 3, 3)).to(
        memory_format=torch.channels_last
    ),
    "float64": lambda: normal(24, 40, dtype=torch.float64),
    "large-float64": lambda: normal(*large(321, 260), dtype=torch.float64),
    "bfloat16": lambda: uneven(24, 40).bfloat16(),
    "large-bfloat16": lambda: uneven(*large(321, 260)).bfloat16(),
    "float16": lambda: normal(24, 40).half(),
    "large-float16": lambda: normal(*large(321, 260)).half(),
    "complex64": lambda: normal(24, 40, dtype=torch.complex64),
    "large-complex64": lambda: normal(*large(321, 260), dtype=torch.complex64),
    "conjugated": lambda: normal(24, 40, dtype=torch.complex64).conj(),
    "all-zero": lambda: torch.zeros(24, 40),
    "constant": lambda: torch.full((24, 40), 0.5),
    "tiny": lambda: uneven(24, 40) * 1e-15,
}  # fmt: skip


def check(told: dict[str, Any], place: int, expected: dict[str, float], what: str) -> None:
    """Compare the statistics of one tensor, but for those of a sample that is a part of it."""
    # The deviation comes from the mean of squares: it is uncertain by rounding of the mean.
    slack = 1e-3 * abs(expected["grad_mean"]) + 1e-6 * expected["grad_max"]
    for name, value in expected.items():
        bound = slack if name in ("grad_std", "grad_mean") else 0.0
        # torch sums squares of float32 one after the other: 1.6e-5 off at 83,000 elements.
        assert told[name][place] == pytest.approx(value, rel=1e-4, abs=bound, nan_ok=True), (
            f"{name} of {what}"
        )


@WHERE
@pytest.mark.parametrize("kind", MAKERS)
def test_every_statistic_is_that_of_float64(kind: str, on_host: bool) -> None:
    torch.manual_seed(1)
    gradient, last = MAKERS[kind](), MAKERS[kind]()
    weight = torch.randn_like(gradient.contiguous() if kind == "expanded" else gradient)
    first = weight.clone()
    told = measure([weight], [[last], [gradient]], on_host=on_host)
    before = first - 0.1 * last
    expected = plain_statistics(gradient, before, weight, last)
    if doubles(gradient).size > SAMPLE:  # the tests of samples are below
        del expected["update_ratio"], expected["grad_cosine"]
    loose = EPSILON.get(gradient.dtype)
    if loose is not None:  # the step itself was rounded: `before` is only nearly what it was
        for name in {"update_ratio", "weight_norm"} & set(expected):
            assert told[name][0] == pytest.approx(expected.pop(name), rel=loose)
    check(told, 0, expected, kind)


@WHERE
def test_tensors_of_all_kinds_are_told_apart_in_one_set(on_host: bool) -> None:
    torch.manual_seed(2)
    kinds = [kind for kind in MAKERS if kind not in ("expanded", "conjugated")]
    gradients = [MAKERS[kind]() for kind in kinds]
    weights = [torch.ones_like(g) for g in gradients]
    before = [w.clone() for w in weights]
    told = measure(list(weights), [list(gradients)], on_host=on_host)
    for place, kind in enumerate(kinds):
        expected = plain_statistics(gradients[place], before[place], weights[place], None)
        expected.pop("update_ratio")
        check(told, place, expected, kind)


@WHERE
@pytest.mark.parametrize("size", [60, SMALL + 500, 2 * PIECE], ids=["small", "large", "pieces"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64], ids=str)
@pytest.mark.parametrize(
    "planted",
    [
        pytest.param({3: float("nan")}, id="one-nan"),
        pytest.param({0: float("inf"), 59: float("-inf"), 30: float("nan")}, id="all-three"),
        pytest.param({5: float("-inf")}, id="one-minus-inf"),
        pytest.param(dict.fromkeys(range(60), float("nan")), id="sixty"),
    ],
)
def test_what_is_not_finite_is_counted_and_nothing_else_is_believed(
    planted: dict[int, float], dtype: torch.dtype, size: int, on_host: bool
) -> None:
    torch.manual_seed(3)
    sound, broken = torch.randn(size).to(dtype), torch.randn(size).to(dtype)
    for place, value in planted.items():
        broken[place] = value
    weights = [torch.ones_like(sound), torch.ones_like(sound)]
    told = measure(weights, [[sound.clone(), sound.clone()], [sound, broken]], on_host=on_host)
    assert told["grad_nonfinite"].tolist() == [0.0, len(planted)]
    for name in ("grad_norm", "grad_mean", "grad_std", "grad_max", "grad_zeros", "grad_cosine"):
        assert np.isnan(told[name]).tolist() == [False, True], name
    assert told["weight_norm"] == pytest.approx(plain_norm([torch.ones(size)]), rel=1e-2)


@WHERE
@pytest.mark.parametrize("size", [60, SMALL + 500, 2 * PIECE], ids=["small", "large", "pieces"])
def test_a_finite_gradient_whose_norm_overflows_is_finite(size: int, on_host: bool) -> None:
    told = measure([torch.ones(size)], [[torch.full((size,), 1e20)]], on_host=on_host, lr=0.0)
    assert told["grad_nonfinite"][0] == 0
    assert told["grad_max"][0] == pytest.approx(1e20)
    assert told["grad_mean"][0] == pytest.approx(1e20)
    assert told["grad_zeros"][0] == 0


@WHERE
def test_tensors_without_elements_or_without_gradient_are_unknown(on_host: bool) -> None:
    weights = [torch.ones(3), torch.ones(0, 4), torch.ones(5)]
    told = measure(weights, [[torch.ones(3), torch.ones(0, 4), None]], on_host=on_host)
    for name in GRADIENT_STATISTICS:
        if name != "grad_cosine":
            assert np.isfinite(told[name][0]), name
        assert np.isnan(told[name][2]), name
    assert told["weight_norm"].tolist()[:2] == [pytest.approx(3**0.5), 0.0]
    assert np.isnan(told["grad_norm"][1])


@WHERE
@pytest.mark.parametrize("size", [40, 3000], ids=["small", "large"])
def test_a_sparse_gradient_counts_its_rows_once_and_its_zeros_all(size: int, on_host: bool) -> None:
    torch.manual_seed(4)
    table = nn.Embedding(size, 64, sparse=True)
    words = torch.tensor([1, 5, 5, 5, size - 1])

    def gradient() -> Tensor:
        table.weight.grad = None
        (table(words) * torch.randn(5, 64)).sum().backward()
        assert table.weight.grad is not None
        assert table.weight.grad.is_sparse
        return table.weight.grad

    last, now = gradient(), gradient()
    weight = table.weight.detach().clone()
    told = measure([weight], [[last], [now]], on_host=on_host)
    expected = plain_statistics(now, weight + 0.1 * now.to_dense(), weight, last)
    expected.pop("grad_cosine")  # rows of two steps are others: nothing is compared
    if size * 64 > SAMPLE:
        expected.pop("update_ratio")
    check(told, 0, expected, "sparse")
    assert np.isnan(told["grad_cosine"][0])


def test_a_gradient_that_turns_sparse_later_is_still_measured() -> None:
    weights = [torch.ones(4), torch.ones(5, 2)]
    measurement = Measurement([seen(w) for w in weights])
    weights[0].grad = torch.full((4,), 2.0)
    assert float(measurement.norm()) == 4.0
    measurement.begin()
    twice = torch.tensor([[1.0, 2.0], [2.0, 2.0]])
    weights[1].grad = torch.sparse_coo_tensor(
        [[1, 1]], twice, (5, 2), check_invariants=True
    )  # fmt: skip
    assert float(measurement.norm()) == pytest.approx((16 + 9 + 16) ** 0.5)


@pytest.mark.parametrize("kind", MAKERS)
def test_the_norm_alone_is_that_of_the_complete_set_and_of_float64(kind: str) -> None:
    torch.manual_seed(5)
    gradients = [MAKERS[kind](), MAKERS[kind](), uneven(24, 40)]
    weights = [torch.zeros_like(gradient) for gradient in gradients]
    measurement = Measurement([seen(weight) for weight in weights])
    for weight, gradient in zip(weights, gradients, strict=True):
        weight.grad = gradient
    expected = plain_norm(gradients)
    assert float(measurement.norm()) == pytest.approx(expected, rel=1e-4)
    assert float(measurement.begin()) == pytest.approx(expected, rel=1e-4)


def test_without_a_gradient_there_is_no_norm_and_no_set() -> None:
    measurement = Measurement([seen(torch.ones(3))])
    assert measurement.norm() is None
    assert measurement.begin() is None
    assert measurement.end() is None


@WHERE
@pytest.mark.parametrize("shape", [(64, 64), (96, 97), (300, 300), (64, 8, 3, 3)], ids=str)
def test_ratio_and_cosine_of_a_sample_are_near_those_of_all_elements(
    shape: tuple[int, ...], on_host: bool
) -> None:
    torch.manual_seed(6)
    now = torch.randn(shape)
    last = now + 0.5 * torch.randn(shape)
    weight = torch.randn(shape)
    told = measure([weight], [[last], [now]], on_host=on_host)
    expected = plain_statistics(now, weight + 0.1 * now, weight, last)
    # Of 1,024 elements: a norm is right to 1 / sqrt(2 * 1024) = 2 %, here two of them.
    assert told["update_ratio"][0] == pytest.approx(expected["update_ratio"], rel=0.15)
    assert told["grad_cosine"][0] == pytest.approx(expected["grad_cosine"], abs=0.06)


def test_directions_of_another_layout_are_not_compared() -> None:
    weights = [torch.ones(6), torch.ones(6)]
    half = [torch.ones(6), None]
    told = measure(weights, [list(half), [torch.ones(6), torch.ones(6)]], on_host=True)
    assert np.isnan(told["grad_cosine"]).all()
    told = measure(weights, [list(half), list(half)], on_host=True)
    assert told["grad_cosine"].tolist()[0] == pytest.approx(1.0)


def test_directions_that_were_forgotten_are_not_compared() -> None:
    weight = torch.ones(6)
    measurement = Measurement([seen(weight)])
    weight.grad = torch.ones(6)
    for forgets in (False, True):
        measurement.keep_directions()
        if forgets:
            measurement.forget_directions()
        measurement.begin()
        complete = measurement.end()
        assert complete is not None
        table = complete.readings(complete.numbers.numpy(), 1.0)
        assert np.isnan(table[GRADIENT_STATISTICS.index("grad_cosine"), 0]) == forgets


@pytest.mark.parametrize("scale", [1024.0, 65536.0])
def test_gradients_under_a_loss_scale_are_told_without_it(scale: float) -> None:
    torch.manual_seed(7)
    gradient, weight = uneven(24, 40), normal(24, 40)
    before = weight.clone()
    measurement = Measurement([seen(weight)])
    weight.grad = gradient * scale
    measurement.begin()
    with torch.no_grad():
        weight.sub_(gradient, alpha=0.1)
    complete = measurement.end()
    assert complete is not None
    table = complete.readings(complete.numbers.numpy(), scale)
    expected = plain_statistics(gradient, before, weight, None)
    check(dict(zip(GRADIENT_STATISTICS, table, strict=True)), 0, expected, "it")


def test_vectors_are_split_where_they_get_long() -> None:
    """Tensors of two types, more than one vector of each, none left out or told twice."""
    torch.manual_seed(8)
    size, num = ON_HOST.small, 2 * ON_HOST.chunk // ON_HOST.small + 3
    gradients = [normal(size).to(torch.bfloat16 if i % 2 else torch.float32) for i in range(num)]
    weights = [torch.ones_like(gradient) for gradient in gradients]
    layout = Layout([g.dtype for g in gradients], gradients, on_host=True)
    assert len(layout.small) > 2
    assert all(sum(own.sizes) <= ON_HOST.chunk for own, _ in layout.small)
    assert sorted(i for own, _ in layout.small for i in own.which) == list(range(num))
    told = measure(weights, [list(gradients), list(gradients)], on_host=True, lr=0.0)
    for place, gradient in enumerate(gradients):
        values = doubles(gradient)
        assert told["grad_norm"][place] == pytest.approx(np.linalg.norm(values), rel=1e-4)
        assert told["grad_max"][place] == pytest.approx(np.abs(values).max())
        assert told["grad_cosine"][place] == pytest.approx(1.0)


def test_parameters_that_alternate_are_each_time_measured() -> None:
    first, second = torch.ones(6), torch.ones(2, 3)
    measurement = Measurement([seen(first), seen(second)])
    for number in range(6):
        own, other = (first, second) if number % 2 else (second, first)
        own.grad, other.grad = torch.full_like(own, float(number)), None
        assert float(measurement.norm()) == pytest.approx(number * 6**0.5)
