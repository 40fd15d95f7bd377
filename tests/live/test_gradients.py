"""The gradient norm, learning rates and statistics of a watched loop, against float64."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from loops import backward, batch, cell, column, layers, mlp, plain_norm, rows
from torch import Tensor, nn

from neural_trainer.live.monitor import Monitor
from neural_trainer.live.run_folder import RUN_FILE
from neural_trainer.runs.layers import GRADIENT_STATISTICS


class Tied(nn.Module):
    """An embedding whose weights are those of the head too."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding, self.head = nn.Embedding(11, 8), nn.Linear(8, 11, bias=False)
        self.head.weight = self.embedding.weight

    def forward(self, words: Tensor) -> Tensor:
        out: Tensor = self.head(self.embedding(words))
        return out


class LoRA(nn.Module):
    """A frozen layer and a product of rank two that begins as zero."""

    def __init__(self) -> None:
        super().__init__()
        self.base = nn.Linear(6, 5).requires_grad_(False)
        self.lora_A = nn.Parameter(torch.randn(2, 6))
        self.lora_B = nn.Parameter(torch.zeros(5, 2))

    def forward(self, inputs: Tensor) -> Tensor:
        out: Tensor = self.base(inputs) + inputs @ self.lora_A.t() @ self.lora_B.t()
        return out


class Rotation(nn.Module):
    """Complex weights."""

    def __init__(self) -> None:
        super().__init__()
        self.turn = nn.Parameter(torch.randn(6, 4, dtype=torch.complex64))

    def forward(self, inputs: Tensor) -> Tensor:
        return (inputs.to(torch.complex64) @ self.turn.conj()).abs()


class Partly(nn.Module):
    """One layer that no forward pass uses, and one that is frozen."""

    def __init__(self) -> None:
        super().__init__()
        self.used, self.unused, self.frozen = nn.Linear(6, 6), nn.Linear(6, 3), nn.Linear(6, 3)
        self.frozen.requires_grad_(False)

    def forward(self, inputs: Tensor) -> Tensor:
        out: Tensor = self.frozen(self.used(inputs))
        return out


def make(kind: str) -> tuple[nn.Module, Tensor]:
    torch.manual_seed(0)
    words = torch.tensor([[0, 1, 1, 3], [2, 2, 2, 8]])
    if kind == "sparse":
        return nn.Sequential(nn.Embedding(9, 4, sparse=True), nn.Linear(4, 2)), words
    if kind == "tied":
        return Tied(), words
    if kind == "bfloat16":
        return mlp().bfloat16(), batch(1).bfloat16()
    if kind == "float64":
        return mlp().double(), batch(1).double()
    if kind == "mixed":
        return nn.Sequential(mlp()[0].double(), Cast(), nn.Linear(32, 3)), batch(1).double()
    if kind == "channels-last":
        model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Conv2d(8, 4, 3))
        images = torch.randn(4, 3, 12, 12).to(memory_format=torch.channels_last)
        return model.to(memory_format=torch.channels_last), images
    models = {"dense": mlp, "lora": LoRA, "complex": Rotation, "partly": Partly}
    return models[kind](), batch(1)


class Cast(nn.Module):
    """From float64 to float32."""

    def forward(self, inputs: Tensor) -> Tensor:
        return inputs.float()


KINDS = [
    "dense", "sparse", "tied", "bfloat16", "float64", "mixed", "channels-last", "lora", "complex",
    "partly",
]  # fmt: skip


@pytest.mark.parametrize("to_none", [True, False], ids=["set-to-none", "set-to-zero"])
@pytest.mark.parametrize("kind", KINDS)
def test_each_step_has_the_norm_and_the_rate_of_the_step_itself(
    project: Path, kind: str, to_none: bool
) -> None:
    model, inputs = make(kind)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5)
    norms, rates, losses = [], [], []
    with Monitor("a", model, optimizer, judge=False, every=1) as monitor:
        for _ in range(4):
            losses.append(float(backward(model, inputs).detach()))
            norms.append(plain_norm(model.parameters()))
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            schedule.step()
            optimizer.zero_grad(set_to_none=to_none)
            monitor.step(losses[-1], samples=16)
    assert column("grad_norm") == pytest.approx(norms, rel=1e-5)
    assert column("lr") == rates
    assert column("loss") == losses
    assert column("finite") == [1.0] * 4


@pytest.mark.parametrize("kind", KINDS)
def test_each_set_by_layer_is_that_of_the_step_itself(project: Path, kind: str) -> None:
    model, inputs = make(kind)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    expected: dict[str, list[list[float]]] = {name: [] for name in GRADIENT_STATISTICS}
    last: list[Tensor | None] = [None for _ in model.parameters()]
    with Monitor("a", model, optimizer, judge=False, every=1) as monitor:
        for _ in range(3):
            optimizer.zero_grad()
            loss = backward(model, inputs)
            before = [p.detach().clone() for p in model.parameters()]
            gradients = [dense(p.grad) for p in model.parameters()]
            optimizer.step()
            monitor.step(loss)
            for name, values in of_all(model, before, gradients, last).items():
                expected[name].append(values)
            last = gradients
    found = layers()
    assert found.step.tolist() == [1, 2, 3]
    # One step in bfloat16 moves weights by what is left of it after rounding: 3 digits.
    for name, table in expected.items():
        np.testing.assert_allclose(found.gradients[name], table, rtol=2e-4, atol=2e-6, err_msg=name)


def dense(gradient: Tensor | None) -> Tensor | None:
    if gradient is None:
        return None
    return gradient.detach().to_dense() if gradient.is_sparse else gradient.detach().clone()


def of_all(
    model: nn.Module, before: list[Tensor], gradients: list[Tensor | None],
    last: list[Tensor | None],
) -> dict[str, list[float]]:  # fmt: skip
    """Return each statistic of all parameters, NaN where a parameter has no gradient."""
    table: dict[str, list[float]] = {name: [] for name in GRADIENT_STATISTICS}
    for (name, after), old, gradient, was in zip(
        model.named_parameters(), before, gradients, last, strict=True
    ):
        told = dict.fromkeys(GRADIENT_STATISTICS, math.nan)
        if gradient is not None:
            g, w, moved = flat(gradient), flat(old), flat(after) - flat(old)
            told.update(
                grad_norm=np.linalg.norm(g), grad_mean=g.mean(), grad_std=g.std(),
                grad_max=np.abs(g).max(), grad_zeros=(g == 0).mean(), grad_nonfinite=0.0,
                weight_norm=np.linalg.norm(w),
            )  # fmt: skip
            if np.linalg.norm(w):
                told["update_ratio"] = np.linalg.norm(moved) / np.linalg.norm(w)
            elif np.linalg.norm(moved):
                told["update_ratio"] = math.inf
            is_sparse = name == "0.weight" and isinstance(model[0], nn.Embedding)  # type: ignore[index]
            if was is not None and not is_sparse:
                lengths = np.linalg.norm(g) * np.linalg.norm(flat(was))
                told["grad_cosine"] = g @ flat(was) / lengths if lengths else math.nan
        for statistic, value in told.items():
            table[statistic].append(float(value))
    return table


def flat(tensor: Tensor) -> Any:
    tensor = tensor.detach().resolve_conj()
    values = torch.view_as_real(tensor) if tensor.is_complex() else tensor
    return values.double().contiguous().numpy().reshape(-1)


def test_the_first_gradient_of_lora_is_zero_for_its_first_factor_alone(project: Path) -> None:
    model, inputs = make("lora")
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=0.1)
    with Monitor("a", model, optimizer, judge=False, every=1) as monitor:
        for _ in range(2):
            optimizer.zero_grad()
            loss = backward(model, inputs)
            optimizer.step()
            monitor.step(loss)
    found = layers()
    assert [p.kind for p in found.parameters] == ["linear", "bias", "lora", "lora"] or [
        (p.name, p.kind) for p in found.parameters
    ] == [("lora_A", "lora"), ("lora_B", "lora"), ("base.weight", "linear"), ("base.bias", "bias")]
    assert cell(found, "grad_zeros", 1, "lora_A") == 1.0
    assert cell(found, "grad_norm", 1, "lora_A") == 0.0
    assert cell(found, "grad_norm", 1, "lora_B") > 0
    assert cell(found, "grad_zeros", 2, "lora_A") == 0.0
    assert math.isnan(cell(found, "grad_norm", 1, "base.weight"))
    assert column("finite") == [1.0, 1.0]


def test_tied_weights_are_told_once_and_frozen_ones_as_such(project: Path) -> None:
    for folder, kind in (("a", "tied"), ("b", "partly")):
        model, inputs = make(kind)
        optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1)
        with Monitor(folder, model, optimizer, judge=False) as monitor:
            loss = backward(model, inputs)
            optimizer.step()
            monitor.step(loss)
    assert [(p.name, p.group) for p in layers("a").parameters] == [("embedding.weight", 0)]
    told = {p.name: (p.trainable, p.group) for p in layers("b").parameters}
    assert told["used.weight"] == (True, 0)
    assert told["frozen.weight"] == (False, None)
    assert math.isnan(cell(layers("b"), "grad_norm", 1, "unused.weight"))


def test_groups_and_several_optimizers_are_told_apart(project: Path) -> None:
    model = mlp()
    first = torch.optim.SGD(
        [{"params": [model[0].weight], "lr": 0.1}, {"params": [model[0].bias], "lr": 0.2}]
    )
    second = torch.optim.AdamW(model[2].parameters(), lr=0.3)
    with Monitor("a", model, [first, second], judge=False, every=1) as monitor:
        for number in range(2):
            model.zero_grad()
            loss = backward(model, batch(number))
            norms = [plain_norm(model[0].parameters()), plain_norm(model[2].parameters())]
            whole = plain_norm(model.parameters())
            first.step()
            second.step()
            monitor.step(loss)
    last = rows()[-1]
    assert (last["lr"], last["lr/group_1"], last["lr/group_2"]) == (0.1, 0.2, 0.3)
    assert last["grad_norm/optimizer_0"] == pytest.approx(norms[0], rel=1e-5)
    assert last["grad_norm/optimizer_1"] == pytest.approx(norms[1], rel=1e-5)
    assert last["grad_norm"] == pytest.approx(whole, rel=1e-5)
    assert [p.group for p in layers().parameters] == [0, 1, 2, 2]
    assert np.isfinite(layers().gradients["grad_norm"]).all()


def test_a_rate_that_is_a_tensor_is_told_as_it_was_at_the_step(project: Path) -> None:
    model = mlp()
    rate = torch.tensor(0.1)
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    with Monitor("a", model, optimizer, judge=False) as monitor:
        for _ in range(2):
            loss = backward(model, batch(1))
            optimizer.step()
            rate.mul_(0.5)
            monitor.step(loss)
    assert column("lr") == pytest.approx([0.1, 0.05])


def test_without_an_optimizer_step_there_is_a_rate_and_no_norm(project: Path) -> None:
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with Monitor("a", model, optimizer, judge=False) as monitor:
        monitor.step(1.0)
        backward(model, batch(1))
        optimizer.step()
        monitor.step(1.0)
        monitor.step(1.0)
    assert column("lr") == [0.1] * 3
    assert ["grad_norm" in row for row in rows()] == [False, True, False]


def test_a_norm_that_the_loop_passes_wins(project: Path) -> None:
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with Monitor("a", model, optimizer, judge=False) as monitor:
        loss = backward(model, batch(1))
        optimizer.step()
        monitor.step(loss, grad_norm=7.0, lr=0.25)
    assert (rows()[0]["grad_norm"], rows()[0]["lr"]) == (7.0, 0.25)


def test_a_gradient_that_is_not_finite_is_flagged_and_found_by_layer(project: Path) -> None:
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with Monitor("a", model, optimizer, judge=False) as monitor:
        loss = backward(model, batch(1))
        assert model[2].bias.grad is not None
        model[2].bias.grad[1] = math.nan
        optimizer.step()
        monitor.step(loss)
    assert (column("finite"), column("grad_norm")) == ([0.0], ["nan"])
    assert layers().gradients["grad_nonfinite"].tolist() == [[0.0, 0.0, 0.0, 1.0]]


def test_sizes_of_the_model_are_written_down(project: Path) -> None:
    model = mlp()
    model[0].requires_grad_(False)
    with Monitor("a", model, judge=False):
        pass
    run = json.loads(Path("a", RUN_FILE).read_text())
    assert run["num_parameters"] == 6 * 32 + 32 + 32 * 3 + 3
    assert run["num_trainable_parameters"] == 32 * 3 + 3
