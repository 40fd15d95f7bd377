"""The architecture of a model, against counts made by hand."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from neural_trainer.errors import ConfigError
from neural_trainer.inspect.architecture import architecture
from neural_trainer.inspect.architecture.dry_run import dry_run
from neural_trainer.inspect.architecture.variance import Level, trends
from neural_trainer.layers.case import Case

B, WIDE, CLASSES = 6, 32, 3


def cross_entropy(model: nn.Module, batch: Any) -> Tensor:
    return functional.cross_entropy(model(batch[0]), batch[1])


def case_of(model: nn.Module, num_inputs: int = 20, optimizer: Any = None) -> Case:
    batch = (torch.randn(B, num_inputs), torch.arange(B) % CLASSES)
    return Case(model, cross_entropy, [batch], optimizer)


def mlp() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(20, WIDE), nn.ReLU(), nn.Linear(WIDE, CLASSES))


class Attention(nn.Module):
    """One causal head-split attention over (batch, length, width)."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        split = [t.unflatten(-1, (self.heads, -1)).transpose(1, 2) for t in self.qkv(x).chunk(3, 2)]
        mixed = functional.scaled_dot_product_attention(*split, is_causal=True)
        found: Tensor = self.out(mixed.transpose(1, 2).flatten(2))
        return found


class Branches(nn.Module):
    """Uses some of its parts; takes a branch by a value where `by_value`."""

    def __init__(self, by_value: bool = False) -> None:
        super().__init__()
        self.by_value = by_value
        self.body, self.head = nn.Linear(20, 8), nn.Linear(8, CLASSES)
        self.forgotten, self.lost = nn.Linear(4, 4), nn.Linear(8, 2)

    def forward(self, x: Tensor) -> Tensor:
        hidden = self.body(x)
        self.lost(hidden)
        if self.by_value and hidden.sum().item() > 1e9:
            return hidden
        out: Tensor = self.head(hidden)
        return out


def test_parameters_by_module() -> None:
    model = nn.Sequential(mlp(), nn.Linear(CLASSES, CLASSES))
    for parameter in model[0][0].parameters():
        parameter.requires_grad_(False)
    found = architecture(case_of(model), "case")
    by_name = {part.name: part for part in found.parts}
    first, second = 20 * WIDE + WIDE, WIDE * CLASSES + CLASSES
    last = CLASSES * CLASSES + CLASSES
    assert by_name[""].num_parameters == first + second + last
    assert by_name[""].num_trainable == second + last
    assert by_name["0"].num_parameters == first + second
    assert by_name["0.0"].num_trainable == 0
    assert by_name["0.2"].size_bytes == 4 * second
    assert found.size_bytes == 4 * (first + second + last)
    assert found.balance is not None
    assert found.balance.largest == ("0", pytest.approx((first + second) / (first + second + last)))
    assert found.balance.heaviest[0] == "0.0"


def test_shapes_are_known_without_numbers() -> None:
    run = dry_run(case_of(mlp()), next(iter(case_of(mlp()).train_batches)), "case")
    assert run.on_meta
    assert [(shape.name, shape.shapes) for shape in run.shapes] == [
        ("0", ((B, WIDE),)), ("1", ((B, WIDE),)), ("2", ((B, CLASSES),)), ("", ((B, CLASSES),)),
    ]  # fmt: skip


def test_flops_of_linear_layers() -> None:
    """A product of (n, k) and (k, m) takes 2 n k m; backward, one for weights, one for inputs."""
    run = architecture(case_of(mlp()), "case").run
    first, second = 2 * B * 20 * WIDE, 2 * B * WIDE * CLASSES
    # The first layer's inputs need no gradient: one product backward.
    assert run.flops == (first + second, first + 2 * second)
    assert run.flops_of["0"] == 2 * first
    assert run.flops_of["2"] == 3 * second


def test_flops_of_an_attention() -> None:
    length, width, heads = 10, 16, 4
    model = Attention(width, heads)
    inputs = torch.randn(B, length, width, requires_grad=True)
    case = Case(model, lambda m, batch: m(batch).square().mean(), [inputs])
    run = architecture(case, "case").run
    tokens = B * length
    projections = 2 * tokens * width * 3 * width + 2 * tokens * width * width
    product = 2 * B * length * length * width  # QK^T over all heads, and as much for the values
    assert run.flops[0] == projections + 2 * product
    # Backward: two products a linear layer; of a fused attention the scores are computed again.
    assert run.flops[1] == 2 * projections + 5 * product


CONVOLUTIONS = {"plain": (1, 8), "grouped": (2, 4), "depthwise": (8, 1)}


@pytest.mark.parametrize(("groups", "seen"), CONVOLUTIONS.values(), ids=CONVOLUTIONS)
def test_flops_of_convolutions(groups: int, seen: int) -> None:
    """Each of 8 channels out of 16 x 16 places sees 3 x 3 of `seen` channels; strides halve."""
    model = nn.Sequential(
        nn.Conv2d(3, 8, 1, bias=False), nn.Conv2d(8, 8, 3, 2, 1, groups=groups, bias=False)
    )
    case = Case(model, lambda m, b: m(b).square().mean(), [torch.randn(B, 3, 32, 32)])
    run = architecture(case, "case").run
    first, second = 2 * B * 32 * 32 * 8 * 3, 2 * B * 16 * 16 * 8 * 9 * seen
    assert run.flops == (first + second, first + 2 * second)


def test_flops_of_a_recurrent_layer() -> None:
    """Four gates, each a product with the inputs and one with the state, at every step."""
    length, width = 5, 8

    class Last(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm = nn.LSTM(20, width, batch_first=True)

        def forward(self, x: Tensor) -> Tensor:
            outputs: Tensor = self.lstm(x)[0]
            return outputs

    case = Case(Last(), lambda m, b: m(b).square().mean(), [torch.randn(B, length, 20)])
    found = architecture(case, "case").run
    assert found.flops[0] == 2 * B * length * 4 * width * (20 + width)


def test_memory_of_an_mlp() -> None:
    optimizer = torch.optim.AdamW
    model = mlp()
    found = architecture(case_of(model, optimizer=optimizer(model.parameters())), "case")
    weights = 20 * WIDE + WIDE + WIDE * CLASSES + CLASSES
    run = found.run
    assert run.parameter_bytes == run.gradient_bytes == 4 * weights
    # Two moments a weight, and a step count of four bytes for each of the four tensors.
    assert run.optimizer_bytes == 8 * weights + 4 * 4
    # ReLU's outputs (its own, and the next layer's inputs: one storage), the log-probabilities,
    # and the weight that nll_loss divides by. The inputs and labels are the batch's.
    assert run.activation_bytes == 4 * B * WIDE + 4 * B * CLASSES + 4
    assert run.batch_bytes == 4 * B * 20 + 8 * B


def test_memory_by_precision_and_sharding() -> None:
    model = mlp()
    adam = torch.optim.AdamW(model.parameters())
    found = architecture(case_of(model, optimizer=adam), "case")
    table = {(m.precision, m.sharding, m.degree): m for m in found.memories}
    whole, halved = table["stored", "none", 1], table["bf16", "none", 1]
    assert halved.parameter_bytes == whole.parameter_bytes / 2
    assert table["bf16-mixed", "none", 1].parameter_bytes == whole.parameter_bytes
    assert halved.activation_bytes == whole.activation_bytes / 2
    # Autocast keeps copies at two bytes of inputs, last weights and hidden layer; the
    # log-probabilities and the weight that nll_loss divides by stay at four.
    copies = B * 20 + WIDE * CLASSES + B * WIDE
    mixed = 2 * copies + 4 * B * CLASSES + 4
    assert table["bf16-mixed", "none", 1].activation_bytes == mixed
    first, second, full = (table["stored", way, 8] for way in ("ZeRO-1", "ZeRO-2", "FSDP"))
    assert whole.optimizer_bytes is not None
    assert first.optimizer_bytes == whole.optimizer_bytes / 8
    assert (first.gradient_bytes, second.gradient_bytes) == (
        whole.gradient_bytes, whole.gradient_bytes / 8,
    )  # fmt: skip
    assert (second.parameter_bytes, full.parameter_bytes) == (
        whole.parameter_bytes, whole.parameter_bytes / 8,
    )  # fmt: skip
    assert full.activation_bytes == whole.activation_bytes


@pytest.mark.parametrize("by_value", [False, True], ids=["shapes-alone", "branch-by-value"])
def test_dead_modules(by_value: bool) -> None:
    found = architecture(case_of(Branches(by_value)), "case")
    assert found.run.on_meta is not by_value
    assert bool(found.run.reason) is by_value
    assert [(one.name, one.reason, one.num_parameters) for one in found.dead] == [
        ("forgotten", "never called", 20), ("lost", "its outputs reach no loss", 18),
    ]  # fmt: skip


def test_with_and_without_numbers_the_counts_are_the_same() -> None:
    shapes = architecture(case_of(Branches(False)), "case").run
    numbers = architecture(case_of(Branches(True)), "case").run
    for what in ("flops", "activation_bytes", "optimizer_bytes", "gradient_bytes", "reached"):
        assert getattr(shapes, what) == getattr(numbers, what)


class Frozen(nn.Module):
    """A frozen body under no_grad, a head that trains, a weight that another module uses."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.head = nn.Linear(20, 8), nn.Linear(8, CLASSES)
        self.holder = nn.Linear(CLASSES, CLASSES, bias=False)
        self.body.requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        with torch.no_grad():
            hidden = self.body(x)
        return functional.linear(self.head(hidden), self.holder.weight)


def test_frozen_modules_and_borrowed_weights_are_alive() -> None:
    assert architecture(case_of(Frozen()), "case").dead == ()


def test_duplicates() -> None:
    torch.manual_seed(0)
    block = nn.Sequential(nn.Linear(20, 20), nn.LayerNorm(20))
    model = nn.Sequential(
        block, copy.deepcopy(block), nn.Linear(20, 20, bias=False), nn.Linear(20, 20, bias=False),
        nn.LayerNorm(20), nn.LayerNorm(20), nn.Linear(20, CLASSES),
    )  # fmt: skip
    model[3].weight = model[2].weight
    found = architecture(case_of(model), "case")
    assert [(one.kind, one.names) for one in found.duplicates] == [
        ("tied", ("2.weight", "3.weight")), ("equal weights", ("0", "1")),
    ]  # fmt: skip
    assert found.parts[0].num_parameters == sum(p.numel() for p in model.parameters())


def deep(gain: float, num_layers: int = 10) -> nn.Sequential:
    """A ReLU net, each layer of which keeps `gain` of the scale (He: standard deviation)."""
    torch.manual_seed(0)
    layers: list[nn.Module] = []
    for _ in range(num_layers):
        layer = nn.Linear(64, 64, bias=False)
        nn.init.normal_(layer.weight, std=gain * (2 / 64) ** 0.5)
        layers += [layer, nn.ReLU()]
    return nn.Sequential(nn.Linear(20, 64), nn.ReLU(), *layers, nn.Linear(64, CLASSES))


GAINS = {"vanishes": (0.3, ["vanishes"] * 2), "explodes": (4.0, ["explodes"] * 2), "he": (1.0, [])}


@pytest.mark.parametrize(("gain", "verdicts"), GAINS.values(), ids=GAINS)
def test_variance_by_depth(gain: float, verdicts: list[str]) -> None:
    found = architecture(case_of(deep(gain)), "case")
    assert [trend.verdict for trend in found.trends] == verdicts
    assert [trend.what for trend in found.trends] == ["signal", "gradient"][: len(verdicts)]


def test_levels_are_those_of_a_plain_pass() -> None:
    model = mlp()
    case = case_of(model)
    inputs, labels = next(iter(case.train_batches))
    found = {level.name: level for level in architecture(case, "case").levels}
    hidden = model[0](inputs)
    logits = model[2](model[1](hidden))
    (gradient,) = torch.autograd.grad(functional.cross_entropy(logits, labels), logits)
    assert found["0"].std == pytest.approx(float(hidden.detach().std(correction=0)), rel=1e-5)
    over_samples = hidden.detach().var(dim=0, correction=0).mean().sqrt()
    assert found["0"].signal == pytest.approx(float(over_samples), rel=1e-5)
    assert found["2"].gradient == pytest.approx(float(gradient.square().mean().sqrt()), rel=1e-5)


def test_layers_of_different_kinds_are_not_compared() -> None:
    scales = [1.0, 1e-2, 1e-4, 1e-6]
    names = ["stem", "up", "gate", "head"]
    pairs = zip(names, scales, strict=True)
    assert trends(tuple(Level(n, "Linear", s, s, s) for n, s in pairs)) == ()
    alike = tuple(Level(f"blocks.{i}.up", "Linear", s, s, 1.0) for i, s in enumerate(scales))
    assert [trend.pattern for trend in trends(alike)] == ["blocks.*.up"]


def test_everything_is_what_it_was() -> None:
    model = nn.Sequential(nn.Linear(20, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 3))
    adam = torch.optim.AdamW(model.parameters())
    case = case_of(model, optimizer=adam)
    model.eval()
    before = copy.deepcopy(model.state_dict())
    generator = torch.get_rng_state()
    architecture(case, "case")
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert torch.equal(generator, torch.get_rng_state())
    assert not model.training
    assert adam.state == {}
    assert all(p.grad is None for p in model.parameters())
    assert not any(module._forward_hooks for module in model.modules())


def raising(model: nn.Module, batch: Any) -> Tensor:
    raise ValueError("no such column")


def of_another(model: nn.Module) -> Callable[[nn.Module, Any], Tensor]:
    return lambda _, batch: cross_entropy(model, batch)


REFUSED = {
    "loss-raises": (lambda m: raising, "no such column"),
    "loss-is-no-tensor": (lambda m: lambda *_: 3, "returned a int; expected a tensor"),
    "loss-has-a-shape": (lambda m: lambda model, b: model(b[0]), "a tensor of shape (6, 3)"),
    "loss-of-another-model": (of_another, "does not depend on the model"),
}


@pytest.mark.parametrize(("loss", "said"), REFUSED.values(), ids=REFUSED)
def test_refused_in_a_line(loss: Any, said: str) -> None:
    model = mlp()
    case = Case(model, loss(model), case_of(model).train_batches)
    with pytest.raises(ConfigError) as raised:
        architecture(case, "case")
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_model_on_the_meta_device_needs_no_memory() -> None:
    """70 billion parameters: all but what needs numbers."""
    with torch.device("meta"):
        model = nn.Sequential(*[nn.Linear(65_536, 65_536, bias=False) for _ in range(16)])
    batch = torch.empty(2, 65_536, device="meta")
    found = architecture(Case(model, lambda m, b: m(b).mean(), [batch]), "case")
    assert found.parts[0].num_parameters == 16 * 65_536**2
    assert found.run.parameter_bytes == 64 * 65_536**2
    assert found.run.flops[0] == 16 * 2 * 2 * 65_536**2
    assert found.duplicates == ()
    assert any("on the meta device" in said for said in found.not_checked)


def test_an_optimizer_that_needs_a_closure_is_not_counted() -> None:
    model = mlp()
    found = architecture(case_of(model, optimizer=torch.optim.LBFGS(model.parameters())), "case")
    assert found.run.optimizer_bytes is None
    assert any("needs a closure" in said for said in found.not_checked)


def test_parameters_without_a_shape_are_refused() -> None:
    model = nn.Sequential(nn.LazyLinear(8), nn.Linear(8, CLASSES))
    with pytest.raises(ConfigError, match=r"0\.weight has no shape before the model is called"):
        architecture(case_of(model), "case")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_torchscript_is_refused() -> None:
    scripted = torch.jit.script(mlp())
    with pytest.raises(ConfigError, match="is TorchScript"):
        architecture(case_of(scripted), "case")


def test_no_batch_is_refused() -> None:
    with pytest.raises(ConfigError, match="yields nothing"):
        architecture(Case(mlp(), cross_entropy, []), "case")
