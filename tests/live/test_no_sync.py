"""No step waits for a device: shown on the host, with copies that are complete when we say so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from loops import backward, batch, column, layers, mlp, plain_norm, rows
from torch import Tensor, nn
from torch.amp import GradScaler
from torch.nn.utils import clip_grad_norm_
from torch.utils._python_dispatch import TorchDispatchMode

from neural_trainer.layers import measurement
from neural_trainer.layers.transfer import Transfer
from neural_trainer.live.monitor import Monitor

# What makes the host wait for a device, or needs to know how many elements come out.
WAITS = {
    "_local_scalar_dense", "item", "nonzero", "equal", "is_nonzero", "masked_select", "unique",
    "_unique2", "index.Tensor", "lift_fresh",  # the last is torch.tensor(...) of numbers
}  # fmt: skip
METHODS = ("tolist", "numpy", "cpu", "item", "__float__", "__bool__", "__int__")


class Copies:
    """Events of copies that are complete once `done` says so."""

    def __init__(self) -> None:
        self.num, self.done = 0, 0

    def make(self) -> Copy:
        return Copy(self)


class Copy:
    """One of them."""

    def __init__(self, copies: Copies) -> None:
        self.copies, self.place = copies, -1

    def record(self) -> None:
        self.copies.num += 1
        self.place = self.copies.num

    def query(self) -> bool:
        return self.place <= self.copies.done

    def synchronize(self) -> None:
        self.copies.done = max(self.copies.done, self.place)


class Watch(TorchDispatchMode):
    """Counts the operators that wait."""

    def __init__(self, counts: Counter[str]) -> None:
        super().__init__()
        self.counts = counts

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:  # fmt: skip
        name = func.__name__
        if name in WAITS or name.partition(".")[0] in WAITS:
            self.counts[name] += 1
        return func(*args, **(kwargs or {}))


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """Count what waits inside."""
    counts: Counter[str] = Counter()
    with monkeypatch.context() as patch, Watch(counts):
        for name in METHODS:
            original = getattr(Tensor, name)

            def method(self: Any, *given: Any, name: str = name, do: Any = original) -> Any:
                counts[name] += 1
                return do(self, *given)

            patch.setattr(Tensor, name, method)
        yield counts


@pytest.fixture
def on_device(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tensors be measured as those of a device are."""
    made = partial(measurement.Measurement, on_host=False)
    monkeypatch.setattr("neural_trainer.live.optimizer_steps.Measurement", made)


class Attention(nn.Module):
    """Attention over the batch, and an activation function."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.gate, self.attention = mlp(), nn.ReLU(), SelfAttention()

    def forward(self, inputs: Tensor) -> Tensor:
        out: Tensor = self.attention(self.gate(self.body(inputs))[None])
        return out


class SelfAttention(nn.Module):
    """Attention of a sequence to itself."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(3, 3))

    def forward(self, inputs: Tensor) -> Tensor:
        query = inputs @ self.weight
        return nn.functional.scaled_dot_product_attention(query, inputs, inputs)


def plainly(model: nn.Module, optimizer: Any, number: int, scale: Any) -> Tensor:
    optimizer.zero_grad()
    loss = backward(model, batch(number))
    optimizer.step()
    return loss


def clipped(model: nn.Module, optimizer: Any, number: int, scale: Any) -> Tensor:
    optimizer.zero_grad()
    loss = backward(model, batch(number))
    clip_grad_norm_(model.parameters(), 0.05, foreach=True)
    optimizer.step()
    return loss


def partly_clipped(model: nn.Module, optimizer: Any, number: int, scale: Any) -> Tensor:
    optimizer.zero_grad()
    loss = backward(model, batch(number))
    clip_grad_norm_(next(iter(model.parameters())), 0.05, foreach=True)
    optimizer.step()
    return loss


def scaled(model: nn.Module, optimizer: Any, number: int, scale: GradScaler) -> Tensor:
    optimizer.zero_grad()
    loss: Tensor = model(batch(number)).square().mean()
    scale.scale(loss).backward()
    scale.unscale_(optimizer)
    clip_grad_norm_(model.parameters(), 0.05, foreach=True)
    scale.step(optimizer)
    scale.update()
    return loss


Step = Callable[[nn.Module, Any, int, Any], Tensor]
STEPS = pytest.mark.parametrize("step", [plainly, clipped, partly_clipped, scaled])


@STEPS
@pytest.mark.parametrize("fused", [False, True], ids=["plain", "fused"])
@pytest.mark.parametrize("every", [1, 3])
def test_neither_hooks_nor_the_monitor_wait_for_a_device(
    project: Path, monkeypatch: pytest.MonkeyPatch, on_device: None, step: Step, fused: bool,
    every: int,
) -> None:  # fmt: skip
    def waits(watched: bool) -> Counter[str]:
        torch.manual_seed(0)
        model, copies = Attention(), Copies()
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01, fused=fused)
        scale = GradScaler("cpu", init_scale=1024.0)
        transfer = Transfer(event=copies.make)
        monitor = None
        if watched:
            monitor = Monitor(
                "a", model, optimizer, judge=False, every=every, activations=True,
                transfer=transfer,
            )  # fmt: skip
        with counted(monkeypatch) as counts:
            for number in range(6):
                loss = step(model, optimizer, number, scale)
                if monitor is not None:
                    monitor.step(loss, samples=16)
        if monitor is not None:
            assert rows() == []  # nothing has arrived so far
            monitor.close()
            assert len(rows()) == 6
            assert len(layers()) == {1: 6, 3: 3}[every]
            assert np.isfinite(layers().gradients["grad_norm"]).all()
        return counts

    assert waits(True) == waits(False)


TOKENS, TABLE = torch.arange(96).reshape(8, 12) % 7, torch.linspace(-1, 1, 320).reshape(64, 5)


class Reader(nn.Module):
    """Attention of tokens to those before them."""

    def __init__(self) -> None:
        super().__init__()
        self.table, self.head = nn.Embedding(7, 4), nn.Linear(4, 7)

    def forward(self, tokens: Tensor) -> Tensor:
        at = self.table(tokens)
        attended = nn.functional.scaled_dot_product_attention(at, at, at, is_causal=True)
        out: Tensor = self.head(attended)
        return out


def reads(model: nn.Module) -> Tensor:
    targets = TOKENS[:, 1:].flatten()
    return nn.functional.cross_entropy(model(TOKENS[:, :-1]).flatten(0, 1), targets)


def measures(model: nn.Module) -> Tensor:
    return nn.functional.mse_loss(model(TABLE).squeeze(1), TABLE[:, 0])


@pytest.mark.parametrize(
    ("make", "loss_of", "told"),
    [
        pytest.param(Reader, reads, {"future_seen", "target_offset", "padding_scored"}, id="text"),
        pytest.param(lambda: nn.Linear(5, 1), measures, {"column_near_target"}, id="table"),
    ],
)
def test_what_a_model_is_asked_for_is_told_without_waiting(
    project: Path, monkeypatch: pytest.MonkeyPatch, on_device: None,
    make: Callable[[], nn.Module], loss_of: Callable[[nn.Module], Tensor], told: set[str],
) -> None:  # fmt: skip
    def waits(watched: bool) -> Counter[str]:
        torch.manual_seed(0)
        model, copies = make(), Copies()
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
        transfer = Transfer(event=copies.make)
        monitor = (
            Monitor("a", model, optimizer, judge=False, transfer=transfer) if watched else None
        )
        with counted(monkeypatch) as counts:
            for _ in range(11):
                optimizer.zero_grad()
                loss = loss_of(model)
                loss.backward()
                optimizer.step()
                if monitor is not None:
                    monitor.step(loss)
        if monitor is not None:
            monitor.close()
            assert told | {"criterion_weight", "optimizer_idle"} <= rows()[0].keys()
        return counts

    assert waits(True) == waits(False)


def test_the_counter_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    with counted(monkeypatch) as counts:
        value = torch.ones(3)
        assert float(value.sum()) == 3
        assert value.nonzero().shape == (3, 1)
        assert torch.equal(value, value)
        assert value.tolist() == [1, 1, 1]
    assert counts["__float__"] == 1
    assert {"_local_scalar_dense", "nonzero", "equal", "tolist"} <= {
        name.partition(".")[0] for name in counts
    }


@pytest.mark.parametrize(
    "schedule",
    [
        pytest.param([0] * 12, id="none-until-the-end"),
        pytest.param([3, 0, 0, 5, 0, 0, 0, 9, 0, 0, 0, 0], id="in-bursts"),
        pytest.param([100] * 12, id="at-once"),
        pytest.param([max(2 * i - 3, 0) for i in range(12)], id="late"),
    ],
)
def test_lines_and_rows_come_in_order_however_late_the_copies_are(
    project: Path, on_device: None, schedule: list[int]
) -> None:
    model, copies = mlp(), Copies()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    norms, losses, lengths = [], [], []
    monitor = Monitor(
        "a", model, optimizer, judge=False, every=2, transfer=Transfer(event=copies.make)
    )
    for number, done in enumerate(schedule):
        optimizer.zero_grad()
        loss = backward(model, batch(number))
        norms.append(plain_norm(model.parameters()))
        losses.append(float(loss.detach()))
        optimizer.step()
        monitor.step(loss)
        copies.done = max(copies.done, min(done, copies.num))
        lengths.append(len(rows()))
        if number % 4 == 3:
            monitor.evaluate(loss=1.5)  # of the host alone, but after what was before
        if number == 5:
            # Rows under way are still of the old model, which had fewer tensors.
            model[2] = nn.Sequential(nn.Linear(32, 4), nn.Tanh(), nn.Linear(4, 4))
            optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    monitor.close()
    assert lengths == sorted(lengths)
    told = [(row["step"], "loss" in row) for row in rows()]
    expected = []
    for number in range(12):
        expected.append((number + 1, True))
        if number % 4 == 3:
            expected.append((number + 1, False))
    assert told == expected
    steps = [row for row in rows() if "loss" in row]
    assert [row["grad_norm"] for row in steps] == pytest.approx(norms, rel=1e-5)
    assert [row["loss"] for row in steps] == pytest.approx(losses, rel=1e-6)
    found = layers()
    assert found.step.tolist() == [1, 2, 4, 6, 8, 10, 12]
    known = ~np.isnan(found.gradients["grad_norm"])
    names = [parameter.name for parameter in found.parameters]
    for row, step in zip(known, found.step, strict=True):
        own = {name for name, is_known in zip(names, row, strict=True) if is_known}
        new = {f"2.{layer}.{kind}" for layer in (0, 2) for kind in ("weight", "bias")}
        old = {"2.weight", "2.bias"}
        assert own == {"0.weight", "0.bias", *(old if step <= 6 else new)}
    whole = np.linalg.norm(np.nan_to_num(found.gradients["grad_norm"]), axis=1)
    assert whole == pytest.approx([norms[int(s) - 1] for s in found.step], rel=1e-5)


def test_every_kind_of_number_arrives_as_it_was(project: Path) -> None:
    copies = Copies()
    with Monitor("a", judge=False, transfer=Transfer(event=copies.make)) as monitor:
        monitor.log(half=torch.tensor(0.5, dtype=torch.bfloat16))
        monitor.step(
            torch.tensor([2.5], requires_grad=True), tokens=torch.tensor(123_456_789),
            right=torch.tensor(True), exact=torch.tensor(0.1, dtype=torch.float64),
        )  # fmt: skip
        with pytest.warns(RuntimeWarning, match="metric z left out, it is complex"):
            monitor.log(z=torch.tensor(1j), other=1.0)
        with pytest.warns(RuntimeWarning, match="metric many left out"):
            monitor.log(many=torch.ones(2), other=2.0)
    assert column("half")[0] == 0.5
    step = rows()[1]
    assert (step["loss"], step["tokens"], step["right"], step["exact"]) == (
        2.5, 123_456_789, 1.0, 0.1,
    )  # fmt: skip
    assert column("other")[2:] == [1.0, 2.0]


def test_a_device_that_fails_at_the_end_loses_no_summary(project: Path) -> None:
    class Broken(Copy):
        def synchronize(self) -> None:
            raise RuntimeError("device-side assert")

    copies = Copies()
    monitor = Monitor("a", judge=False, transfer=Transfer(event=lambda: Broken(copies)))
    monitor.step(torch.tensor(1.0))
    with pytest.warns(RuntimeWarning, match="did not come from the device"):
        monitor.close()
    assert Path("a/summary.json").exists()
