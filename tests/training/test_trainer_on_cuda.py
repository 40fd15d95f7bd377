"""The reference trainer on a CUDA device: no step waits for it, though a gradient be infinite."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from neural_trainer.layers.case import Case
from neural_trainer.live.monitor import Monitor
from neural_trainer.training.config_file import build_config
from neural_trainer.training.state import TrainingState
from neural_trainer.training.step import train_step

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("clip", [None, 1.0], ids=["unclipped", "clipped"])
def test_no_step_waits_for_the_device(project: Path, clip: float | None, precision: str) -> None:
    device = torch.device("cuda")
    model = nn.Sequential(nn.Linear(8, 64), nn.Tanh(), nn.Linear(64, 3)).to(device)
    calls: list[int] = []

    def loss_fn(model: Any, batch: tuple[Tensor, Tensor]) -> Tensor:
        calls.append(1)
        loss = nn.functional.cross_entropy(model(batch[0]).float(), batch[1])
        if len(calls) not in (3, 4):
            return loss
        nothing = (model[0].weight - model[0].weight.detach()).sum()
        return loss + nothing.sqrt()  # whose slope is infinite

    batches = [(torch.randn(16, 8), torch.randint(3, (16,))) for _ in range(2)]
    tree = {
        "case": "a:case",
        "optimizer": {"name": "adamw", "lr": 1e-3},
        "training": {"precision": precision, "clip_norm": clip},
    }
    state = TrainingState(build_config(tree), Case(model, loss_fn, batches), device)
    held = []
    with Monitor("run", model, state.optimizers, judge=False) as monitor:
        for number in range(6):
            # The first step makes handles and memory.
            torch.cuda.set_sync_debug_mode("error" if number else "default")
            try:
                monitor.step(**train_step(state, device))
            finally:
                torch.cuda.set_sync_debug_mode("default")
            held.append([p.detach().clone() for p in model.parameters()])
    moved = [
        any(not torch.equal(a, b) for a, b in zip(before, after, strict=True))
        for before, after in pairwise(held)
    ]
    assert moved == [True, False, False, True, True]
    assert state.skips.state() == (2, 0)
