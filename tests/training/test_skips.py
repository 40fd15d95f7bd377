"""Updates left out because a gradient is not finite: nothing moves, they are counted, it ends."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from neural_trainer.errors import NeuralTrainerError
from neural_trainer.layers.case import Case
from neural_trainer.runs.read import read
from neural_trainer.training import trainer, update
from neural_trainer.training.checkpoint import find_checkpoint
from neural_trainer.training.config_file import build_config
from neural_trainer.training.skips import MOST_IN_A_ROW, Skips
from neural_trainer.training.state import TrainingState
from neural_trainer.training.step import train_step

CPU = torch.device("cpu")
ADAMW = torch.optim.AdamW
OPTIMIZERS: dict[str, Callable[[nn.Module], Any]] = {
    "fused": lambda model: ADAMW(model.parameters(), lr=0.1, fused=True),
    "plain": lambda model: ADAMW(model.parameters(), lr=0.1, fused=False),
    "sgd-with-momentum": lambda model: torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9),
}


@pytest.fixture(params=[True, False], ids=["on-the-host", "on-a-device"])
def place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether what is found of the gradients can be read without a wait."""
    monkeypatch.setattr(update, "is_on_host", lambda tensor: request.param)


def poisoned(steps: set[int], count: int = 60) -> Case:
    """Return a case whose gradient, not its loss, is infinite at these steps, from 1."""
    torch.manual_seed(0)
    model = nn.Linear(2, 1)
    batches = [torch.full((4, 2), -1.0 if i + 1 in steps else 1.0) for i in range(count)]

    def loss_fn(model: Any, batch: Tensor) -> Tensor:
        loss = model(batch).float().square().mean()
        # Nothing, whose root has an infinite slope.
        nothing = (model.weight - model.weight.detach()).sum()
        return loss + nothing.sqrt() if batch[0, 0] < 0 else loss

    return Case(model, loss_fn, batches)


def started(case: Case, optimizer: Any = None, **training: Any) -> TrainingState:
    tree: dict[str, Any] = {"case": "a:case", "schedule": {"name": "constant"}}
    tree["training"] = training
    if optimizer is None:
        tree["optimizer"] = {"lr": 0.1}
    case = Case(case.model, case.loss_fn, case.train_batches, optimizer)
    return TrainingState(build_config(tree), case, CPU)


def held(state: TrainingState) -> list[Tensor]:
    """Return all that an update changes: weights, moments and their counts."""
    moments = [
        value for o in state.optimizers for own in o.state.values() for value in own.values()
    ]
    tensors = [*state.case.model.parameters(), *moments]
    return [t.detach().clone() for t in tensors if isinstance(t, Tensor)]


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("clip", [None, 1.0], ids=["unclipped", "clipped"])
@pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_an_infinite_gradient_moves_nothing(
    make: Callable[[nn.Module], Any], clip: float | None, precision: str
) -> None:
    case = poisoned({3})
    state = started(case, make(case.model), clip_norm=clip, precision=precision)
    counts, seen = [], []
    for _ in range(4):
        values = train_step(state, CPU)
        counts.append(int(values["skipped_steps"]))
        seen.append(held(state))
    assert math.isfinite(float(values["loss"]))
    assert counts == [0, 0, 1, 1]
    for before, after in zip(seen[1], seen[2], strict=True):
        assert torch.equal(before, after)
    assert any(not torch.equal(a, b) for a, b in zip(seen[2], seen[3], strict=True))
    assert all(bool(t.isfinite().all()) for t in seen[3])
    assert state.taken == 4  # of the schedule: only fp16, which skips as a rule, holds it


@pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_without_it_the_weights_are_lost(make: Callable[[nn.Module], Any]) -> None:
    case = poisoned({3})
    state = started(case, make(case.model), skip_nonfinite=False, clip_norm=None)
    for _ in range(3):
        values = train_step(state, CPU)
    assert not all(bool(p.isfinite().all()) for p in case.model.parameters())
    assert int(values["skipped_steps"]) == 0


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_it_ends_after_so_many_in_a_row(make: Callable[[nn.Module], Any]) -> None:
    first = 2
    case = poisoned({*range(first, first + MOST_IN_A_ROW - 1), *range(30, 60)})
    state = started(case, make(case.model))
    # One fewer than that at first: with a step between they are not added up.
    last = 30 + MOST_IN_A_ROW - 1
    for _ in range(last):
        train_step(state, CPU)
    with pytest.raises(NeuralTrainerError, match=f"^step {last}: .* in 20 steps in a row.*$"):
        train_step(state, CPU)


def test_what_the_device_alone_knows_is_looked_at_when_it_has_come() -> None:
    class Event:
        """Complete once it is told to be."""

        done = False

        def record(self) -> None:
            pass

        def query(self) -> bool:
            return self.done

    from neural_trainer.layers.transfer import Transfer

    skips = Skips()
    skips._transfer = Transfer(Event)
    for step in range(1, MOST_IN_A_ROW + 3):
        skips.add(step, torch.tensor(True))
        skips.check()
    Event.done = True
    skips.add(step + 1, torch.tensor(False))
    with pytest.raises(NeuralTrainerError, match=f"step {MOST_IN_A_ROW}:"):
        skips.check()
    assert skips.state() == (MOST_IN_A_ROW + 2, 0)


def test_they_are_recorded_told_and_counted_on_after_a_resume(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer, "build_case", lambda config, say: poisoned({3, 9, 10}))
    tree = {
        "optimizer": {"lr": 0.1},
        "training": {"steps": 12, "threads": 1},
        "checkpoint": {"every": 4, "keep": 9},
    }
    said: list[str] = []
    folder = trainer.train(build_config(tree), say=said.append)
    counts = [0, 0, 1, 1, 1, 1, 1, 1, 2, 3, 3, 3]
    assert read(folder).signals["skipped_steps"].value.tolist() == counts
    assert said == [
        "3 updates were left out because a gradient was NaN or infinite: see grad_norm in "
        "runs/train/metrics.jsonl"
    ]
    norms = read(folder).signals["grad_norm"]
    assert norms.step[~np.isfinite(norms.value)].tolist() == [3, 9, 10]
    middle = find_checkpoint(folder / "checkpoints" / "step-00000008", print)
    again = trainer.train(build_config(tree), resume=middle, say=said.append)
    assert read(again).signals["skipped_steps"].value.tolist() == counts
