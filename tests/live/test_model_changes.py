"""Models that change under watch, compiled ones, and that watching changes nothing of them."""

from __future__ import annotations

import copy
import gc
import math
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pytest
import torch
from loops import backward, batch, cell, column, layers, mlp, plain_norm
from torch import Tensor, nn

from neural_trainer.live.monitor import Monitor
from neural_trainer.runs.layers_file import read_layers

SGD = torch.optim.SGD


def train(monitor: Monitor, model: nn.Module, optimizer: Any, steps: range) -> list[float]:
    """Take steps and return the norms of their gradients."""
    norms = []
    for number in steps:
        model.zero_grad()
        optimizer.zero_grad()
        loss = backward(model, batch(number))
        norms.append(plain_norm(model.parameters()))
        optimizer.step()
        monitor.step(loss)
    return norms


def test_what_passes_is_looked_at_every_ten_steps_however_close_sets_lie(project: Path) -> None:
    model = mlp()
    optimizer = SGD(model.parameters(), lr=0.1)
    with Monitor("a", model, optimizer, judge=False, every=1) as monitor:
        train(monitor, model, optimizer, range(35))
    looked = [at for at, value in enumerate(column("output_contrast"), 1) if value is not None]
    assert looked == [*range(1, 11), 20, 30]
    assert layers().step.tolist() == list(range(1, 36))


def test_where_each_step_has_a_set_a_new_head_is_noticed_within_ten(project: Path) -> None:
    model = mlp()
    optimizer = SGD(model.parameters(), lr=0.1)
    with Monitor("a", model, optimizer, judge=False, every=1) as monitor:
        train(monitor, model, optimizer, range(24))
        model[2] = nn.Linear(32, 5)
        norms = train(monitor, model, optimizer, range(24, 40))
    assert column("grad_norm")[34:] == pytest.approx(norms[10:], rel=1e-5)


def test_a_head_that_is_replaced_with_its_optimizer_is_measured_at_once(project: Path) -> None:
    model = mlp()
    optimizer = SGD(model.parameters(), lr=0.1)
    with Monitor("a", model, optimizer, judge=False, every=2) as monitor:
        norms = train(monitor, model, optimizer, range(3))
        model[2] = nn.Linear(32, 5)
        optimizer = SGD(model.parameters(), lr=0.1)
        norms += train(monitor, model, optimizer, range(3, 6))
    assert column("grad_norm") == pytest.approx(norms, rel=1e-5)
    found = layers()
    assert found.step.tolist() == [1, 2, 4, 6]
    assert {p.name: p.shape for p in found.parameters}["2.weight"] == (5, 32)
    assert not [note for note in read_layers(Path("a/layers.bin"))[1] if "damaged" in note]
    whole = [math.hypot(*row) for row in found.gradients["grad_norm"].tolist()]
    assert whole == pytest.approx([norms[0], norms[1], norms[3], norms[5]], rel=1e-5)


def test_a_head_that_no_optimizer_holds_is_noticed_at_the_next_set(project: Path) -> None:
    model = mlp()
    optimizer = SGD(model.parameters(), lr=0.1)
    with Monitor("a", model, optimizer, judge=False, every=2) as monitor:
        train(monitor, model, optimizer, range(3))
        model[2] = nn.Linear(32, 5)
        norms = train(monitor, model, optimizer, range(3, 7))
    assert column("grad_norm")[4:] == pytest.approx(norms[1:], rel=1e-5)
    told = {(p.name, p.shape): p.group for p in layers().parameters}
    assert told[("2.weight", (5, 32))] is None
    assert cell(layers(), "grad_norm", 6, "2.weight") > 0
    assert cell(layers(), "update_ratio", 6, "2.weight") == 0.0


def test_what_is_unfrozen_and_put_in_a_group_is_told_so(project: Path) -> None:
    model = mlp()
    model[2].requires_grad_(False)
    optimizer = SGD(model[0].parameters(), lr=0.1)
    with Monitor("a", model, optimizer, judge=False, every=1) as monitor:
        norms = train(monitor, model, optimizer, range(2))
        first, _ = read_layers(Path("a/layers.bin"))
        model[2].requires_grad_(True)
        optimizer.add_param_group({"params": list(model[2].parameters()), "lr": 0.01})
        norms += train(monitor, model, optimizer, range(2, 5))
    assert [(p.trainable, p.group) for p in first.parameters][2:] == [(False, None)] * 2
    assert [(p.trainable, p.group) for p in layers().parameters][2:] == [(True, 1)] * 2
    assert column("grad_norm") == pytest.approx(norms, rel=1e-5)
    assert column("lr/group_1") == [None, None, 0.01, 0.01, 0.01]


def test_a_model_that_is_moved_to_another_type_is_measured_on(project: Path) -> None:
    model = mlp()
    optimizer = SGD(model.parameters(), lr=0.1)
    norms = []
    with Monitor("a", model, optimizer, judge=False, every=1) as monitor:
        norms += train(monitor, model, optimizer, range(2))
        model.double()
        for number in range(2, 4):
            optimizer.zero_grad()
            loss = backward(model, batch(number).double())
            norms.append(plain_norm(model.parameters()))
            optimizer.step()
            monitor.step(loss)
    assert column("grad_norm") == pytest.approx(norms, rel=1e-5)
    whole = [math.hypot(*row) for row in layers().gradients["grad_norm"].tolist()]
    assert whole == pytest.approx(norms, rel=1e-5)
    ratios = layers().gradients["update_ratio"]
    assert (ratios > 0).all()


class Noisy(nn.Module):
    """A model that draws random numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.drop, self.norm = mlp(), nn.Dropout(0.3), nn.BatchNorm1d(3)
        self.attention = nn.MultiheadAttention(3, 1, batch_first=True)

    def forward(self, inputs: Tensor) -> Tensor:
        out = self.norm(self.drop(self.body(inputs)))[None]
        attended, _ = self.attention(out, out, out, need_weights=False)
        return attended


def test_watching_changes_no_bit_of_the_training(project: Path) -> None:
    def run(watched: bool) -> list[Tensor]:
        torch.manual_seed(5)
        model = Noisy()
        optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
        monitor = None
        if watched:
            monitor = Monitor("a", model, optimizer, judge=False, every=2, activations=True)
        for _ in range(7):
            optimizer.zero_grad()
            loss = backward(model, torch.randn(16, 6))
            torch.nn.utils.clip_grad_norm_(model.parameters(), 0.05)
            optimizer.step()
            if monitor is not None:
                monitor.step(loss)
        if monitor is not None:
            monitor.close()
        assert column("loss") if watched else True
        return [t.detach().clone() for t in model.state_dict().values()] + [torch.get_rng_state()]

    for bare, seen in zip(run(False), run(True), strict=True):
        assert torch.equal(bare, seen)
    assert len(layers()) == 4
    assert any(module.kind == "attention" for module in layers().modules)


NOT_OURS = (type, ModuleType, nn.Module, torch.optim.Optimizer)


def held_bytes(root: Any) -> dict[int, int]:
    """Return the bytes of each storage that is reachable from an object, by its address."""
    found: dict[int, int] = {}
    waiting, known = [root], set[int]()
    while waiting:
        one = waiting.pop()
        if id(one) in known or isinstance(one, NOT_OURS):
            continue
        known.add(id(one))
        if isinstance(one, Tensor):
            found[one.untyped_storage().data_ptr()] = one.untyped_storage().nbytes()
            continue
        if isinstance(one, FunctionType):
            waiting += [cell.cell_contents for cell in one.__closure__ or ()]
        elif type(one).__module__.startswith(("neural_trainer", "builtins", "functools")):
            waiting += gc.get_referents(one)
    return found


def test_no_second_copy_of_the_model_is_held(project: Path) -> None:
    """Of 10 million parameters, between two sets, as one is under way and after an evaluation."""
    wide = nn.Sequential(*[nn.Linear(1024, 1024) for _ in range(10)])
    optimizer = SGD(wide.parameters(), lr=1e-3)
    size = sum(p.untyped_storage().nbytes() for p in wide.parameters())
    extra = []

    def look(*_: Any) -> None:
        held = held_bytes(monitor)
        for parameter in wide.parameters():  # of these the Monitor knows the tensors alone
            held.pop(parameter.untyped_storage().data_ptr(), None)
            if parameter.grad is not None:
                held.pop(parameter.grad.untyped_storage().data_ptr(), None)
        extra.append(sum(held.values()))

    with Monitor("a", wide, optimizer, judge=False, every=2) as monitor:
        optimizer.register_step_pre_hook(look)
        for number in range(3):
            optimizer.zero_grad()
            loss = backward(wide, batch(number, 8, 1024))
            optimizer.step()
            monitor.step(loss)
            look()
        with torch.no_grad():
            wide(torch.randn(256, 1024))
        look()
        monitor.evaluate(loss=1.0)
        look()
    assert size > 40_000_000
    assert min(extra) > 0  # or nothing was found that is held
    assert max(extra) <= 0.01 * size, f"{max(extra):,} bytes beside a model of {size:,}"


@pytest.mark.parametrize("handed", ["inner", "outer"])
@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
def test_a_compiled_model_is_measured_like_any(project: Path, handed: str, backend: str) -> None:
    model = mlp()
    torch._dynamo.reset()
    compiled: Any = torch.compile(model, fullgraph=True, backend=backend)
    optimizer = SGD(model.parameters(), lr=0.1)
    norms = []
    watched = model if handed == "inner" else compiled
    with Monitor("a", watched, optimizer, judge=False, every=1, activations=True) as monitor:
        for number in range(3):
            optimizer.zero_grad()
            loss = backward(compiled, batch(number))
            norms.append(plain_norm(model.parameters()))
            optimizer.step()
            monitor.step(loss)
    assert column("grad_norm") == pytest.approx(norms, rel=1e-5)
    found = layers()
    assert [p.name for p in found.parameters] == ["0.weight", "0.bias", "2.weight", "2.bias"]
    whole = [math.hypot(*row) for row in found.gradients["grad_norm"].tolist()]
    assert whole == pytest.approx(norms, rel=1e-5)
    assert torch.from_numpy(found.activations["mean"]).isnan().all()  # a graph runs no hooks
    torch._dynamo.reset()


def test_attention_that_is_compiled_whole_is_left_alone(project: Path) -> None:
    class Attention(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.project = nn.Linear(6, 6)

        def forward(self, inputs: Tensor) -> Tensor:
            out = self.project(inputs)[None]
            return nn.functional.scaled_dot_product_attention(out, out, out)

    torch._dynamo.reset()
    torch.manual_seed(0)
    model = Attention()
    expected = model(batch(1))
    optimizer = SGD(model.parameters(), lr=0.1)
    with Monitor("a", model, optimizer, judge=False, activations=True) as monitor:
        compiled: Any = torch.compile(model, fullgraph=True, backend="eager")
        assert torch.allclose(compiled(batch(1)), expected)
        loss = backward(compiled, batch(1))
        optimizer.step()
        monitor.step(loss)
    assert torch.from_numpy(layers().activations["max_logit"]).isnan().all()
    assert compiled(batch(1)).shape == expected.shape
    torch._dynamo.reset()


def test_waiting_for_data_is_measured_to_the_next_forward_pass_of_training(
    project: Path,
) -> None:
    now = [0.0]
    model = mlp()
    optimizer = SGD(model.parameters(), lr=0.1)
    with Monitor("a", model, optimizer, judge=False, stopwatch=lambda: now[0]) as monitor:
        for waited, evaluates in ((5.0, False), (2.0, False), (3.0, True)):
            now[0] += waited
            if evaluates:
                with torch.no_grad():
                    model(batch(0))
                model.eval()
                model(batch(0))
                model.train()
                now[0] += 4.0
            loss = backward(model, batch(1))
            now[0] += 1.0
            backward(model, batch(2))  # a second pass of one step waits for nothing
            optimizer.step()
            monitor.step(loss, samples=16)
    assert column("data_time_s") == [None, 2.0, 7.0]
    assert column("step_time_s") == [None, 3.0, 8.0]
    assert column("throughput") == [None, 16 / 3, 2.0]


def test_memory_is_told_at_each_step(project: Path) -> None:
    statm = Path("/proc/self/statm")
    if not statm.exists():
        pytest.skip("needs /proc")
    model = mlp()
    optimizer = SGD(model.parameters(), lr=0.1)
    with Monitor("a", model, optimizer, judge=False) as monitor:
        train(monitor, model, optimizer, range(3))
    status = Path("/proc/self/status").read_text()
    resident = 1024 * int(status.partition("VmRSS:")[2].split()[0])
    assert column("process_memory_bytes") == pytest.approx([resident] * 3, rel=0.2)


def test_a_copy_of_the_model_is_its_own_and_is_not_watched(project: Path) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
    optimizer = torch.optim.AdamW(model.parameters())
    with Monitor("runs/a", model=model, optimizer=optimizer, activations=True, every=1) as monitor:
        for _ in range(4):
            batch = torch.randn(16, 4)
            loss = model(batch).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            with torch.no_grad():
                model(batch)
            copied = copy.deepcopy(model)
            copied(1000 * torch.ones(16, 4))  # far from what the model's own layers put out
            copy.deepcopy(optimizer)
            monitor.step(loss)
    found = layers("runs/a")
    assert len(found) == 4
    assert float(abs(found.activations["mean"]).max()) < 10
