"""Kernels that measure many tensors at once, against float64: interpreted, and on CUDA."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from plain import doubles, seen
from torch import Tensor

import neural_trainer.layers
from neural_trainer.layers.fused import Fused, Numbers, fusible, kernels_for
from neural_trainer.layers.measurement import Measurement
from neural_trainer.layers.readings import unpacked
from neural_trainer.layers.samples import SAMPLE, view
from neural_trainer.runs.layers import GRADIENT_STATISTICS

GPU = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]
# What the interpreter does in numpy, of numbers that are to overflow, and of loops.
pytestmark = [
    pytest.mark.filterwarnings("ignore::RuntimeWarning:triton.runtime.interpreter"),
    pytest.mark.filterwarnings("ignore::RuntimeWarning:numpy"),
    pytest.mark.filterwarnings("ignore:Conversion of an array with ndim > 0:DeprecationWarning"),
]
CHUNK, BLOCK = 1 << 15, 1 << 11


def interpreter() -> str:
    """Load kernels for Triton's interpreter; return what it lacks here, nothing if it runs."""
    if torch.cuda.is_available():
        return "no CUDA device"
    try:
        int(np.zeros(1, np.int32))  # as the interpreter counts its loops
    except TypeError:
        return "numpy before 2.4"
    except DeprecationWarning:
        pass
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRITON_INTERPRET", "1")
        try:
            import_module("neural_trainer.layers.kernels")
        except ImportError:
            return "triton"
    return ""


LACKING = interpreter()
INTERPRETED = pytest.mark.skipif(LACKING != "", reason=f"Triton's interpreter needs {LACKING}")


@pytest.fixture(params=[pytest.param("cpu", marks=INTERPRETED), pytest.param("cuda", marks=GPU)])
def device(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "cpu":
        monkeypatch.setenv("TRITON_INTERPRET", "1")
    return str(request.param)


def uneven(size: int) -> Tensor:
    """Some orders of magnitude, many zeros."""
    values = torch.randn(size) * torch.exp(2 * torch.randn(size))
    return torch.where(torch.rand(size) < 0.3, torch.zeros(()), values)


def with_values(size: int, *values: float) -> Tensor:
    tensor = uneven(size)
    places = torch.randperm(size)[: len(values)]
    tensor[places] = torch.tensor(values)
    return tensor


INF, NAN = float("inf"), float("nan")
MAKERS: dict[str, Callable[[], Tensor]] = {
    "one": lambda: torch.full((1,), -3.0),
    "scalar": lambda: torch.tensor(2.5),
    "seven": lambda: uneven(7),
    "prime": lambda: uneven(1009),
    "block-less-one": lambda: uneven(BLOCK - 1),
    "block": lambda: uneven(BLOCK),
    "block-and-one": lambda: uneven(BLOCK + 1),
    "chunk-less-one": lambda: uneven(CHUNK - 1),
    "chunk": lambda: uneven(CHUNK),
    "chunk-and-one": lambda: uneven(CHUNK + 1),
    "three-chunks": lambda: uneven(3 * CHUNK + 5),
    "matrix": lambda: uneven(24 * 40).view(24, 40),
    "transposed": lambda: uneven(24 * 40).view(24, 40).t(),
    "channels-last": lambda: uneven(432).view(8, 6, 3, 3).to(memory_format=torch.channels_last),
    "all-zero": lambda: torch.zeros(3000),
    "minus-zero": lambda: with_values(3000, -0.0, -0.0),
    "denormal": lambda: torch.full((2100,), 1e-40),
    "large-and-small": lambda: with_values(5000, 1e18, -1e18, 1e-20),
    "negative": lambda: -uneven(5000).abs(),
    "nan": lambda: with_values(5000, NAN),
    "inf": lambda: with_values(BLOCK + 3, INF),
    "both-infs": lambda: with_values(CHUNK + 3, INF, -INF),
    "all-nan": lambda: torch.full((CHUNK + 9,), NAN),
    "all-three": lambda: with_values(70_000, INF, -INF, NAN),
    "bfloat16": lambda: uneven(CHUNK + 77).bfloat16(),
    "bfloat16-nan": lambda: with_values(3001, NAN, INF).bfloat16(),
    "bfloat16-denormal": lambda: torch.full((4000,), 1e-40).bfloat16(),
    "float16": lambda: torch.randn(CHUNK + 77).half(),
    "float16-inf": lambda: torch.cat([torch.randn(BLOCK), torch.tensor([-INF, INF])]).half(),
    "float16-denormal": lambda: torch.full((4000,), 3e-7).half(),
    "not-aligned": lambda: uneven(2 * BLOCK + 1)[1:],
    "not-aligned-bfloat16": lambda: uneven(CHUNK + BLOCK + 3).bfloat16()[3:],
}  # fmt: skip


def raw(numbers: Sequence[Numbers], num: int) -> dict[str, NDArray[np.float64]]:
    places = [place for one in numbers for place in one.places]
    values = np.concatenate([one.numbers.cpu().numpy() for one in numbers])
    return unpacked(places, values, num)


def fused(gradients: Sequence[Tensor], weights: Sequence[Tensor]) -> Fused:
    """Return what measures all of these, looking at them."""
    which = fusible(gradients, weights, everywhere=True)
    assert which == list(range(len(weights)))
    found = Fused(which, weights)
    assert found.takes_gradients(gradients)
    assert found.takes_weights(weights)
    return found


def check(told: dict[str, Any], place: int, gradient: Tensor, what: str) -> None:
    values = doubles(gradient.cpu())
    with np.errstate(all="ignore"):
        norm, total = float(np.sqrt(np.square(values).sum())), float(values.sum())
    slack = 1e-6 * float(np.abs(np.nan_to_num(values, posinf=0, neginf=0)).sum())
    # Squares of float32 below 1e-38 are lost.
    assert told["norm"][place] == pytest.approx(norm, rel=1e-5, abs=1e-19, nan_ok=True), what
    assert told["sum"][place] == pytest.approx(total, rel=1e-5, abs=slack, nan_ok=True), what
    largest = pytest.approx(float(np.abs(values).max()), rel=1e-7, abs=0.0, nan_ok=True)
    assert told["high"][place] == largest, what
    assert told["nonzero"][place] == np.count_nonzero(values), what
    assert told["nonfinite"][place] == np.count_nonzero(~np.isfinite(values)), what


def test_every_number_of_every_tensor_is_that_of_float64(device: str) -> None:
    torch.manual_seed(1)
    # A part of a larger tensor stays one on the device: its memory begins between two multiples.
    gradients = [moved(make(), device) for make in MAKERS.values()]
    weights = [moved(torch.randn(g.shape).to(g.dtype), device) for g in gradients]
    odd = [i for i, kind in enumerate(MAKERS) if kind.startswith("not-aligned")]
    assert all(gradients[i].data_ptr() % 16 for i in odd)
    begun = fused(gradients, weights).begin(None)
    told = raw([numbers for one in begun for numbers in one.told], len(gradients))
    for place, kind in enumerate(MAKERS):
        if kind != "bfloat16-denormal" or device == "cuda":  # the interpreter makes them zero
            check(told, place, gradients[place], kind)
        expected = float(np.linalg.norm(doubles(weights[place].cpu())))
        assert told["weight_norm"][place] == pytest.approx(expected, rel=1e-5), kind
    for one in begun:
        assert not np.isfinite(float(one.norm))


def moved(tensor: Tensor, device: str) -> Tensor:
    """Return a tensor on a device, at the same place of its storage and in its order of memory."""
    whole = torch.empty(tensor.untyped_storage().nbytes() // tensor.element_size(),
                        dtype=tensor.dtype, device=device)  # fmt: skip
    here = whole.as_strided(tensor.shape, tensor.stride(), tensor.storage_offset())
    here.copy_(tensor)
    return here


@pytest.mark.parametrize("num", [1, 2, 40])
def test_the_norm_of_all_is_that_of_float64(num: int, device: str) -> None:
    torch.manual_seed(2)
    sizes = [int(size) for size in torch.randint(1, 3000, (num,))]
    gradients = [
        uneven(size).to(device, torch.bfloat16 if i % 3 == 2 else torch.float32)
        for i, size in enumerate(sizes)
    ]
    weights = [torch.ones_like(gradient) for gradient in gradients]
    measures = fused(gradients, weights)
    expected = np.sqrt(sum(float(np.square(doubles(g.cpu())).sum()) for g in gradients))
    of_set = [one.norm for one in measures.begin(None)]
    for norms in (measures.norms(), of_set):
        assert np.hypot.reduce([float(n) for n in norms]) == pytest.approx(expected, rel=1e-5)


def test_two_runs_agree_to_the_bit(device: str) -> None:
    torch.manual_seed(3)
    gradients = [uneven(size).to(device) for size in (5, 1024, 3000, 2 * CHUNK + 11, 90_001)]
    weights = [torch.randn_like(gradient) for gradient in gradients]
    measures = fused(gradients, weights)
    last = measures.samples()
    first, second = (
        [numbers.numbers.cpu() for one in measures.begin(last) for numbers in one.told]
        for _ in range(2)
    )
    for one, other in zip(first, second, strict=True):
        assert torch.equal(one.view(torch.int32), other.view(torch.int32))


def test_samples_are_those_of_the_plain_way(device: str) -> None:
    torch.manual_seed(4)
    sizes = (1, 7, SAMPLE, SAMPLE + 1, 4321, 8 * SAMPLE - 1, 8 * SAMPLE, 70_003)
    last = [torch.randn(size).to(device) for size in sizes]
    now = [g + 0.5 * torch.randn_like(g) for g in last]
    weights = [torch.randn_like(gradient) for gradient in now]
    measures = fused(last, weights)
    before = measures.samples()
    assert measures.takes_gradients(now)
    begun = measures.begin(before)
    first = [doubles(view(weight).cpu()) for weight in weights]
    for weight in weights:
        weight.mul_(0.9)
    ended = measures.end([one.samples for one in begun])
    told = raw([numbers for one in begun for numbers in one.told] + ended, len(sizes))
    for i in range(len(sizes)):
        old, new = doubles(view(last[i]).cpu()), doubles(view(now[i]).cpu())
        step = first[i] - doubles(view(weights[i]).cpu())
        product = float(old @ new)
        lengths = float(np.linalg.norm(old) * np.linalg.norm(new))
        assert told["before"][i] == pytest.approx(np.linalg.norm(old), rel=1e-5)
        assert told["gradient"][i] == pytest.approx(np.linalg.norm(new), rel=1e-5)
        assert told["dot"][i] == pytest.approx(product, rel=1e-5, abs=1e-6 * lengths)
        assert told["weight"][i] == pytest.approx(np.linalg.norm(first[i]), rel=1e-5)
        assert told["update"][i] == pytest.approx(np.linalg.norm(step), rel=1e-5)


def several(device: str) -> list[Tensor]:
    """Weights that kernels can read, and others."""
    of_type = [(7, torch.float32), (40_000, torch.float32), (3000, torch.bfloat16)]
    tensors = [torch.randn(size).to(device, dtype) for size, dtype in of_type]
    tensors += [torch.randn(24, 40, device=device).t(), torch.randn(5, 6, device=device)[:, ::2]]
    tensors += [torch.randn(50, dtype=torch.float64, device=device), torch.ones(0, 4).to(device)]
    return [*tensors, torch.randn(30, dtype=torch.complex64, device=device)]


def statistics(
    weights: list[Tensor], rounds: list[list[Tensor]], with_kernels: bool
) -> dict[str, NDArray[np.float32]]:
    """Return the statistics of the last round, and the norm of all at each."""
    measurement = Measurement(
        [seen(weight) for weight in weights], on_host=False, fused=with_kernels
    )
    told, norms = {}, []
    for gradients in rounds:
        for weight, gradient in zip(weights, gradients, strict=True):
            weight.grad = gradient
        norms += [measurement.norm(), measurement.begin()]
        for weight, gradient in zip(weights, gradients, strict=True):
            weight.sub_(gradient, alpha=0.1)
        complete = measurement.end()
        assert complete is not None
        table = complete.readings(complete.numbers.cpu().numpy(), 1.0)
        told = dict(zip(GRADIENT_STATISTICS, table, strict=True))
    told["norms"] = np.array([float(norm) for norm in norms], np.float32)  # type: ignore[arg-type]
    return told


def alike(first: dict[str, NDArray[np.float32]], second: dict[str, NDArray[np.float32]]) -> None:
    for name in (*GRADIENT_STATISTICS, "norms"):
        assert first[name] == pytest.approx(second[name], rel=1e-4, abs=1e-6, nan_ok=True), name


def test_a_set_is_that_of_the_plain_way_where_some_tensors_need_it(device: str) -> None:
    torch.manual_seed(5)
    weights = several(device)
    rounds = [[torch.randn_like(weight) for weight in weights] for _ in range(3)]
    rounds[1][0][3] = NAN
    copies = [weight.clone() for weight in weights]
    told = statistics([copy.clone() for copy in copies], rounds, True)
    alike(told, statistics([copy.clone() for copy in copies], rounds, False))
    assert np.isnan(told["norms"][2:4]).all()
    assert np.isfinite(told["norms"][4:]).all()


def test_gradients_are_followed_to_new_memory(device: str) -> None:
    torch.manual_seed(6)
    weights = [torch.randn(size).to(device) for size in (5, 5, 3000, 40_000)]
    measurement = Measurement([seen(weight) for weight in weights], on_host=False, fused=True)
    held, addresses = [], set()
    for number in range(1, 5):
        for weight in weights:
            weight.grad = torch.full_like(weight, float(number))
        held.append([weight.grad for weight in weights])  # what is alive has memory of its own
        addresses.add(
            tuple(weight.grad.data_ptr() for weight in weights if weight.grad is not None)
        )
        expected = number * sum(weight.numel() for weight in weights) ** 0.5
        assert float(measurement.norm()) == pytest.approx(expected, rel=1e-5)  # type: ignore[arg-type]
    assert len(addresses) == 4
    weights[0].grad = None
    expected = 4 * sum(weight.numel() for weight in weights[1:]) ** 0.5
    assert float(measurement.norm()) == pytest.approx(expected, rel=1e-5)  # type: ignore[arg-type]


def test_what_turns_out_otherwise_is_measured_anew(device: str) -> None:
    """Other sizes, gaps in a gradient's memory: kernels are told of each."""
    torch.manual_seed(7)
    weight, other = torch.randn(40, 60).to(device), torch.randn(9).to(device)
    measurement = Measurement([seen(weight), seen(other)], on_host=False, fused=True)

    def expected() -> float:
        grads = [doubles(one.grad.cpu()) for one in (weight, other) if one.grad is not None]
        return float(np.sqrt(sum(np.square(values).sum() for values in grads)))

    def holds() -> None:
        for norm in (measurement.norm(), measurement.begin()):
            assert float(norm) == pytest.approx(expected(), rel=1e-5)  # type: ignore[arg-type]
        assert measurement.end() is not None

    weight.grad, other.grad = torch.randn_like(weight), torch.randn_like(other)
    holds()
    weight.grad = None
    weight.data = torch.randn(3, 5).to(device)
    weight.grad = torch.randn(3, 5).to(device)
    holds()
    weight.grad = torch.randn(3, 10).to(device)[:, ::2]
    holds()
    weight.grad = torch.randn_like(weight)
    holds()
    measurement.begin()
    other.data = torch.randn(7).to(device)
    assert measurement.end() is None


@pytest.mark.parametrize("dtype", [torch.float64, torch.complex64, torch.int64], ids=str)
def test_types_that_kernels_do_not_read_are_left_to_the_plain_way(dtype: torch.dtype) -> None:
    assert not kernels_for(torch.device("cuda"), dtype)


def test_without_triton_one_word_is_said_and_the_plain_way_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = "neural_trainer.layers.kernels"
    monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delattr(neural_trainer.layers, "kernels", raising=False)
    kernels_for.cache_clear()
    try:
        with pytest.warns(RuntimeWarning, match="measured without Triton"):
            assert not kernels_for(torch.device("cuda"), torch.float32)
        assert not kernels_for(torch.device("cuda"), torch.float32)  # and nothing is said again
    finally:
        kernels_for.cache_clear()


class TestOnCuda:
    """What the interpreter cannot show."""

    pytestmark = GPU

    def test_the_device_runs_them(self) -> None:
        for dtype in (torch.float32, torch.bfloat16, torch.float16):
            assert kernels_for(torch.device("cuda", 0), dtype)

    @pytest.mark.filterwarnings("ignore:Synchronization debug mode:UserWarning")
    def test_sets_of_150_tensors_wait_for_nothing_and_are_those_of_the_plain_way(self) -> None:
        torch.manual_seed(8)
        sizes = [(256, 256) if i % 2 else (256,) for i in range(150)]
        parameters = [torch.randn(size, device="cuda").requires_grad_() for size in sizes]
        measurements = [
            Measurement([seen(p) for p in parameters], fused=with_kernels)
            for with_kernels in (None, False)
        ]
        told: list[list[Any]] = [[], []]
        norms: list[list[Tensor]] = [[], []]
        kept = []  # what is alive has memory of its own: at half of the steps gradients move
        for number in range(5):
            torch.cuda.set_sync_debug_mode("error" if number else "default")
            try:
                for parameter in parameters:
                    parameter.grad = None
                sum((p * p).sum() for p in parameters).backward()  # type: ignore[union-attr]
                kept += [p.grad for p in parameters] if number % 2 else []
                for which, measurement in enumerate(measurements):
                    norms[which] += [measurement.norm()]  # type: ignore[list-item]
                    if number == 2:
                        measurement.keep_directions()
                    else:
                        norms[which] += [measurement.begin()]  # type: ignore[list-item]
                with torch.no_grad():
                    for parameter in parameters:
                        parameter.sub_(parameter.grad, alpha=0.01)
                for which, measurement in enumerate(measurements):
                    complete = measurement.end()
                    assert (complete is None) == (number == 2)
                    told[which] += [] if complete is None else [complete]
            finally:
                torch.cuda.set_sync_debug_mode("default")
        assert [float(n) for n in norms[0]] == pytest.approx([float(n) for n in norms[1]], rel=1e-5)
        assert len(told[0]) == len(told[1]) == 4
        for with_kernels, plain in zip(*told, strict=True):
            tables = [one.readings(one.numbers.cpu().numpy(), 1.0) for one in (with_kernels, plain)]
            assert np.isfinite(tables[0][: len(GRADIENT_STATISTICS) - 1]).all()
            for name, first, second in zip(GRADIENT_STATISTICS, *tables, strict=True):
                assert first == pytest.approx(second, rel=1e-3, abs=1e-6, nan_ok=True), name
