"""Where a step's time goes: planted costs are found, and nothing of the case is changed."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, TensorDataset

from neural_trainer.errors import ConfigError
from neural_trainer.inspect.architecture import architecture
from neural_trainer.inspect.profile import _applied, profile
from neural_trainer.inspect.profile.loaders import rebuilt
from neural_trainer.inspect.profile.operations import Operation
from neural_trainer.inspect.profile.trial import BASELINE, ROUNDS, trial
from neural_trainer.inspect.profile.variants import Shares, Variant, shares, variants
from neural_trainer.inspect.profile.workload import Options, Step, TrainingSteps
from neural_trainer.layers.case import Case


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Threads that wait for one another on a busy machine would drown what is planted."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def cross_entropy(model: nn.Module, batch: Any) -> Tensor:
    return nn.functional.cross_entropy(model(batch[0]), batch[1])


class Laborious(Dataset[Any]):
    """Works hard in plain Python for each sample."""

    def __len__(self) -> int:
        return 64

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        value = sum(number % 7 for number in range(20_000))
        return torch.full((8,), float(value % 3 + index)), index % 2


def small(optimizer: Any = torch.optim.AdamW, norm: bool = True) -> Case:
    torch.manual_seed(0)
    between = nn.BatchNorm1d(16) if norm else nn.Identity()
    model = nn.Sequential(nn.Linear(8, 16), between, nn.ReLU(), nn.Linear(16, 2))
    data = TensorDataset(torch.randn(64, 8), torch.arange(64) % 2)
    loader: DataLoader[Any] = DataLoader(
        data, 16, shuffle=True, generator=torch.Generator().manual_seed(5)
    )
    return Case(model, cross_entropy, loader, optimizer(model.parameters(), lr=0.01))


def slow_data() -> Case:
    case = small()
    return Case(case.model, case.loss_fn, DataLoader(Laborious(), 16), case.optimizer)


def heavy_kernels() -> Case:
    model = nn.Sequential(nn.Linear(512, 2048), nn.Linear(2048, 2048), nn.Linear(2048, 2))
    batch = (torch.randn(128, 512), torch.arange(128) % 2)
    return Case(model, cross_entropy, [batch], torch.optim.SGD(model.parameters(), 1e-3))


def test_what_operators_reach_is_beside_a_matrix_product() -> None:
    found = profile(heavy_kernels(), "case", num_steps=5)
    products = 128 * (512 * 2048 + 2048 * 2048 + 2048 * 2)
    # Forward, and backward for weights and inputs, but for the inputs of the first layer.
    assert found.flops == 2 * (3 * products - 128 * 512 * 2048)
    assert 0.05 < found.utilisation < 2
    assert profile(slow_data(), "case", num_steps=5).utilisation < found.utilisation


def test_a_model_that_the_counter_breaks_is_profiled_without_flops() -> None:
    class Picky(nn.Linear):
        def forward(self, x: Tensor) -> Tensor:
            if torch.utils._python_dispatch._get_current_dispatch_mode() is not None:
                raise RuntimeError("not under a mode")
            return super().forward(x)

    case = small()
    picky = Case(nn.Sequential(Picky(8, 2)), case.loss_fn, case.train_batches)
    found = profile(picky, "case", num_steps=3)
    assert found.flops == 0
    assert found.utilisation != found.utilisation
    assert found.profiled.operations


def test_a_slow_loader_is_found() -> None:
    found = profile(slow_data(), "case", num_steps=5)
    assert found.bound == "data"
    assert found.shares.data > 0.8
    first = found.variants[0]
    assert (first.name, first.options) == ("workers", Options(num_workers=workers()))


def workers() -> int:
    listed = variants(slow_data(), Shares(1.0, 0.0, 0.0, 0.0, 0.0, 0.0))
    options = next(one.options for one in listed if one.name == "workers")
    assert options is not None
    assert options.num_workers is not None
    return options.num_workers


def test_matrix_products_are_found() -> None:
    found = profile(heavy_kernels(), "case", num_steps=5)
    assert found.bound == "kernels"
    assert found.shares.data < 0.05
    top = {one.name for one in found.profiled.operations[:2]}
    assert top == {"aten::addmm", "aten::mm"}
    assert not [one.name for one in found.profiled.operations if "autograd::" in one.name]
    assert found.shares.products > 0.5


def test_operators_of_the_loader_are_not_those_of_the_step() -> None:
    """What a batch takes to be made is data, though torch makes it."""

    class Sorts(Dataset[Any]):
        def __len__(self) -> int:
            return 32

        def __getitem__(self, index: int) -> tuple[Tensor, int]:
            return torch.randn(20_000).sort().values[:8], index % 2

    case = small()
    sorting = Case(case.model, case.loss_fn, DataLoader(Sorts(), 16), case.optimizer)
    found = profile(sorting, "case", num_steps=3)
    assert found.bound == "data"
    assert "aten::sort" not in {one.name for one in found.profiled.operations}


def test_memory_of_a_step_is_at_least_that_of_its_tensors() -> None:
    model = nn.Sequential(nn.Linear(100, 1000, bias=False), nn.Tanh(), nn.Linear(1000, 1))
    case = Case(model, lambda m, b: m(b).mean(), [torch.randn(64, 100)],
                torch.optim.SGD(model.parameters(), 1e-3))  # fmt: skip
    found = profile(case, "case", num_steps=3)
    hidden = 4 * 64 * 1000
    # Before tanh, after it, then gradients of weights and activations come and go.
    gradients = 4 * (100 * 1000 + 1000)
    for peak in found.profiled.peak_bytes:
        assert 2 * hidden <= peak <= 4 * hidden + gradients
    assert max(found.profiled.held_bytes) < 4 * 1000


def test_memory_counted_without_numbers_is_what_the_allocator_gave() -> None:
    """The peak is reached between the end of the forward pass and that of the backward pass."""
    layers = [nn.Sequential(nn.Linear(256, 256), nn.GELU()) for _ in range(6)]
    model = nn.Sequential(*layers, nn.Linear(256, 2))
    batch = (torch.randn(512, 256), torch.arange(512) % 2)
    case = Case(model, cross_entropy, [batch], torch.optim.SGD(model.parameters(), 1e-3))
    run = architecture(case, "case", with_numbers=False).run
    (peak,) = set(profile(case, "case", num_steps=3).profiled.peak_bytes)
    passing = 4 * 4 * 512 * 256  # gradients of activations on their way
    assert run.activation_bytes <= peak <= run.activation_bytes + run.gradient_bytes + passing


def everything(case: Case) -> list[Any]:
    state = case.optimizer.state_dict()["state"]
    loader: Any = case.train_batches
    return [
        [t.tolist() for t in case.model.state_dict().values()],
        [module.training for module in case.model.modules()],
        [p.grad for p in case.model.parameters()],
        [[v.tolist() for v in one.values()] for one in state.values()],
        torch.get_rng_state().tolist(), loader.generator.get_state().tolist(),
    ]  # fmt: skip


@pytest.mark.parametrize("inference", [False, True], ids=["training", "inference"])
def test_everything_is_what_it_was(inference: bool) -> None:
    case = small()
    cross_entropy(case.model, next(iter(case.train_batches))).backward()
    case.optimizer.step()
    case.optimizer.zero_grad()
    before = copy.deepcopy(everything(case))
    profile(case, "case", num_steps=3, inference=inference)
    assert everything(case) == before


def test_inference_takes_the_batch_size_that_is_asked_for() -> None:
    found = profile(small(), "case", num_steps=4, inference=True, batch_size=3)
    assert found.num_samples == 3
    assert found.seconds["forward"] > 0
    assert found.seconds["backward"] == found.seconds["data"] == 0
    assert {one.name for one in found.variants} == {"compile", "bf16", "channels_last"}
    p50, p95, p99 = found.latency_s
    assert 0 < p50 <= p95 <= p99


def test_a_loss_that_calls_no_model_has_no_forward_pass() -> None:
    case = small()
    loss = Case(case.model, lambda m, b: m[0].weight.sum(), case.train_batches, case.optimizer)
    with pytest.raises(ConfigError, match="never calls the model"):
        profile(loss, "case", num_steps=3, inference=True)


def test_the_trace_is_one_that_chrome_reads(tmp_path: Path) -> None:
    trace = tmp_path / "trace.json"
    profile(small(), "case", num_steps=3, trace=str(trace))
    names = {event.get("name") for event in json.loads(trace.read_text())["traceEvents"]}
    assert {"neural-trainer: forward", "neural-trainer: data", "aten::addmm"} <= names


class Paced:
    """Takes steps of a given length, slowed by how busy the machine is at that moment."""

    def __init__(self, step_s: float, busy: Iterator[float], samples: int = 8) -> None:
        self.step_s, self.busy, self.samples = step_s, busy, samples

    def step(self) -> Step:
        return Step({"forward": self.step_s * next(self.busy)}, self.samples)


def drifting() -> Iterator[float]:
    """Yield a machine that grows busier all the time, by 10 % over a whole trial."""
    slow = 1.0
    while True:
        yield slow
        slow += 1e-4


def test_a_gain_is_measured_against_a_baseline_that_drifts_alike() -> None:
    busy = drifting()
    found = trial(
        Paced(0.02, busy), {"half": lambda: Paced(0.01, busy), "same": lambda: Paced(0.02, busy)}
    )
    gains = {gain.name: gain for gain in found.gains}
    assert gains["half"].ratio == pytest.approx(2, rel=0.02)
    assert gains["half"].verdict == "faster"
    assert gains["half"].least <= gains["half"].ratio <= gains["half"].greatest
    assert gains["same"].ratio == pytest.approx(1, rel=0.02)
    assert gains["same"].verdict == "no difference shown"
    assert gains["half"].rounds == ROUNDS


def test_speed_is_by_sample() -> None:
    still = iter(lambda: 1.0, 0.0)
    found = trial(Paced(0.02, still), {"twice": lambda: Paced(0.03, still, samples=16)})
    assert found.gains[0].ratio == pytest.approx(4 / 3)
    assert BASELINE not in {gain.name for gain in found.gains}


def test_what_cannot_be_tried_is_told_and_the_rest_goes_on() -> None:
    def broken() -> Paced:
        raise RuntimeError("no compiler\nsecond line")

    still = iter(lambda: 1.0, 0.0)
    found = trial(Paced(0.02, still), {"broken": broken, "fine": lambda: Paced(0.04, still)})
    assert found.failed == {"broken": "RuntimeError: no compiler"}
    assert [(gain.name, gain.verdict) for gain in found.gains] == [("fine", "slower")]


def test_a_variant_that_breaks_under_way_is_told() -> None:
    still = iter(lambda: 1.0, 0.0)
    lasting = iter([1.0] * 20)  # then next() raises

    found = trial(Paced(0.02, still), {"breaks": lambda: Paced(0.02, lasting)})
    assert found.gains == ()
    assert found.failed["breaks"].startswith("in round 2: StopIteration")


def test_a_baseline_that_breaks_is_no_result() -> None:
    with pytest.raises(StopIteration):
        trial(Paced(0.02, iter([1.0] * 20)), {})


OPTIONS = {
    "bf16": Options(bf16=True),
    "fused": Options(fused=True),
    "workers": Options(num_workers=1),
    "batch-size": Options(batch_size=32),
}


@pytest.mark.parametrize("name", OPTIONS)
def test_options_change_what_they_say(name: str) -> None:
    case = small()
    batch = next(iter(case.train_batches))
    work = TrainingSteps(case, "case", OPTIONS[name])
    step = work.step()
    assert step.num_samples == (32 if name == "batch-size" else 16)
    assert bool(work.optimizer.defaults.get("fused")) is (name == "fused")
    assert work._batches is case.train_batches or name in ("workers", "batch-size")
    with torch.no_grad():
        plain = float(case.loss_fn(copy.deepcopy(case.model), batch))
    fresh = TrainingSteps(case, "case", OPTIONS[name]).loss_on(batch)
    assert fresh == pytest.approx(plain, rel=2e-2 if name == "bf16" else 1e-6)
    assert (fresh != plain) is (name == "bf16")


def test_a_fused_optimizer_steps_as_the_one_it_is_made_from() -> None:
    case = small(norm=False)  # before a norm, a bias has gradients of rounding alone
    plain, fused = (TrainingSteps(case, "case", Options(fused=on)) for on in (False, True))
    for work in (plain, fused):
        assert isinstance(case.train_batches, DataLoader)
        case.train_batches.generator.manual_seed(3)
        for _ in range(5):
            work.step()
    for one, other in zip(plain.model.parameters(), fused.model.parameters(), strict=True):
        torch.testing.assert_close(one, other)


def test_what_helped_is_tried_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Speeds are planted: each step of a variant takes a share of the baseline's time."""
    share = {"": 1.0, "bf16": 0.5, "fused": 0.5, "batch_size": 2.0}

    def step(self: TrainingSteps) -> Step:
        on = [name for name in share if name and getattr(self.options, name)]
        factor = 1.0
        for name in on:
            factor *= share[name]
        return Step({"forward": 0.02 * factor}, 16)

    plain_init = TrainingSteps.__init__

    def init(self: TrainingSteps, case: Case, name: str, options: Options | None = None) -> None:
        plain_init(self, case, name, options)
        self.options = options or Options()

    case = small()
    found = profile(case, "case", num_steps=3)
    listed = tuple(
        Variant(name, options, 0.5, "")
        for name, options in (
            ("bf16", Options(bf16=True)), ("fused", Options(fused=True)),
            ("batch size", Options(batch_size=32)),
        )
    )  # fmt: skip
    assert found.applied is None
    monkeypatch.setattr(TrainingSteps, "step", step)
    monkeypatch.setattr(TrainingSteps, "__init__", init)
    applied = _applied(
        lambda options=None: TrainingSteps(case, "case", options), listed,
        next(iter(case.train_batches)), lambda said: None,
    )  # fmt: skip
    ratios = {gain.name: round(gain.ratio, 6) for gain in applied.gains}
    assert ratios == {"bf16": 2.0, "fused": 2.0, "batch size": 0.5, "all that helped": 4.0}


def test_channels_last_where_there_are_images() -> None:
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.LazyLinear(2))
    model(torch.zeros(1, 3, 8, 8))
    batch = (torch.randn(4, 3, 8, 8), torch.tensor([0, 1, 0, 1]))
    case = Case(model, cross_entropy, [batch])
    work = TrainingSteps(case, "case", Options(channels_last=True))
    assert work.model[0].weight.is_contiguous(memory_format=torch.channels_last)
    assert work.loss_on(batch) == pytest.approx(float(cross_entropy(model, batch).detach()))


def test_a_rebuilt_loader_yields_the_same_samples_and_leaves_the_first_alone() -> None:
    loader: Any = small().train_batches
    state = loader.generator.get_state()
    again = rebuilt(loader, 0, 32)
    seen = torch.cat([inputs for inputs, _ in again])
    assert [len(inputs) for inputs, _ in again] == [32, 32]
    everything_in = loader.dataset.tensors[0]
    assert sorted(map(tuple, seen.tolist())) == sorted(map(tuple, everything_in.tolist()))
    assert torch.equal(loader.generator.get_state(), state)
    with pytest.raises(ConfigError, match="is a list, no DataLoader"):
        rebuilt([1], 2, None)


def test_suggestions_are_ranked_by_what_they_can_touch() -> None:
    seconds = {"data": 1.0, "forward": 2.0, "backward": 4.0, "optimizer": 3.0}
    listed = [Operation("aten::addmm", 0.5, 0.5, 1), Operation("aten::relu", 0.5, 0.5, 1)]
    found = shares(seconds, 0.8, listed)
    assert found.data == pytest.approx(0.1)
    assert found.kernels == pytest.approx(0.9 * 0.8)
    assert found.host == pytest.approx(0.9 * 0.2)
    assert found.products == pytest.approx(0.9 * 0.8 * 0.5)
    told = [one for one in variants(small(), found) if one.options is not None]
    assert [one.touches for one in told] == sorted((one.touches for one in told), reverse=True)
    assert [one.name for one in told] == ["compile", "batch size", "bf16", "fused", "workers"]
    sgd = small(torch.optim.RMSprop)
    reasons = {one.name: one.reason for one in variants(sgd, found) if one.options is None}
    assert reasons["fused"] == "RMSprop has no fused step"
    assert reasons["channels_last"] == "there is no Conv2d in the model"
