"""What is seen of a step: inputs and targets side by side, losses that add up, held-out inputs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from neural_trainer.layers.flow import Flow
from neural_trainer.live.monitor import Monitor

LENGTH, CLASSES = 12, 9


def fail(what: str, error: Exception) -> None:
    raise AssertionError(what) from error


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


class Reader(nn.Module):
    """Attention of tokens to others, by hand; causal: to those before them alone."""

    def __init__(self, causal: bool) -> None:
        super().__init__()
        self.table, self.head, self.causal = nn.Embedding(CLASSES, 8), nn.Linear(8, CLASSES), causal

    def forward(self, tokens: Tensor) -> Tensor:
        at = self.table(tokens)
        scores = at @ at.transpose(1, 2)
        if self.causal:
            later = torch.ones_like(scores[0], dtype=torch.bool).triu(1)
            scores = scores.masked_fill(later, -1e9)
        out: Tensor = self.head(scores.softmax(-1) @ at)
        return out


@contextmanager
def watch(model: nn.Module) -> Iterator[Flow]:
    flow = Flow(model, fail)
    flow.on = True
    try:
        yield flow
    finally:
        flow.release()


def read(causal: bool, offset: int) -> dict[str, float]:
    """Return what is told of one pass and loss over text whose targets are so much later."""
    text = torch.randint(CLASSES, (4, LENGTH + 3))
    model = Reader(causal)
    with watch(model) as flow:
        out = model(text[:, :LENGTH])
        functional.cross_entropy(out.flatten(0, 1), text[:, offset:][:, :LENGTH].flatten())
        return {name: float(value) for name, value in flow.take().items()}


@pytest.mark.parametrize(
    ("causal", "offset", "seen"), [(True, 1, 0.0), (False, 1, 1.0), (False, 0, 0.0), (True, 2, 0.0)]
)
def test_text(causal: bool, offset: int, seen: float) -> None:
    found = read(causal, offset)
    assert (found["target_offset"], found["future_seen"]) == (offset, seen)


def test_nothing_is_laid_side_by_side_between_looks() -> None:
    model = Reader(causal=True)
    with watch(model) as flow:
        flow.on = False
        text = torch.randint(CLASSES, (4, LENGTH))
        functional.cross_entropy(model(text[:, :-1]).flatten(0, 1), text[:, 1:].flatten())
        assert flow.take() == {}


def accumulated(
    folder: Path, share: float, *, steps: int = 1, scaler: Any = None
) -> dict[str, float]:
    """Return what is told of a step of the Monitor, of four passes whose losses add up.

    share: what each is multiplied by. steps: of the optimizer, among these passes.
    """
    model = nn.Linear(5, 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    with Monitor(folder, model, optimizer, judge=False) as monitor:
        for number in range(1, 5):
            inputs, classes = torch.randn(16, 5), torch.randint(3, (16,))
            loss = share * functional.cross_entropy(model(inputs), classes)
            (scaler.scale(loss) if scaler else loss).backward()
            if number % (4 // steps) == 0:
                (scaler.step(optimizer) if scaler else optimizer.step())
                optimizer.zero_grad()
        if scaler:
            scaler.update()
        monitor.step(loss)
    told: dict[str, float] = json.loads((folder / "metrics.jsonl").read_text())
    return told


@pytest.mark.parametrize("share", [1.0, 0.25])
@pytest.mark.parametrize("scales", [False, True], ids=["plain", "scaled"])
def test_losses_that_add_up(tmp_path: Path, share: float, scales: bool) -> None:
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0) if scales else None
    told = accumulated(tmp_path, share, scaler=scaler)
    assert told["criterion_calls"] == 4
    assert told["criterion_weight"] == pytest.approx(4 * share)


def test_losses_of_several_steps_do_not_add_up(tmp_path: Path) -> None:
    told = accumulated(tmp_path, 1.0, steps=4)
    assert "criterion_mean" not in told
    assert "criterion_weight" not in told
    assert told["criterion_weighs"] == 0  # the losses were looked at


@pytest.mark.parametrize(("wider", "off"), [(1.0, 0.0), (3.0, 0.0), (1.0, 2.0)])
def test_held_out_inputs(wider: float, off: float) -> None:
    model = nn.Linear(6, 1)
    with watch(model) as flow:
        for _ in range(8):
            model(torch.randn(64, 6))
        flow.take()
        with torch.no_grad():
            for _ in range(8):
                model(off + wider * torch.randn(64, 6))
        found = flow.evaluated()
        assert found["scored_scale"] == pytest.approx(wider, rel=0.15)
        assert found["scored_offset"] == pytest.approx(off, abs=0.25)
        assert "scored_scale" not in flow.evaluated()  # of the next, nothing was seen
