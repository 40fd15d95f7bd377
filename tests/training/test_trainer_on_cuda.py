"""The reference trainer on a CUDA device: no waits, the same run after a resume, what fits."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from neural_trainer.errors import ConfigError
from neural_trainer.layers.case import Case
from neural_trainer.live.monitor import Monitor
from neural_trainer.runs.read import read
from neural_trainer.training.checkpoint import find_checkpoint
from neural_trainer.training.config_file import build_config
from neural_trainer.training.state import TrainingState
from neural_trainer.training.step import train_step
from neural_trainer.training.trainer import train

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]


@pytest.mark.filterwarnings("ignore:Synchronization debug mode:UserWarning")  # torch's own, once
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


STEPS = 30


def config(precision: str, compile: bool = False) -> Any:
    return build_config(
        {
            "model": {"num_layers": 2, "width": 64, "context": 32, "dropout": 0.1},
            "optimizer": {"lr": 1e-3},
            "schedule": {"warmup_steps": 5},
            "training": {"steps": STEPS, "eval_every": 10, "precision": precision,
                         "compile": compile, "ema_decay": 0.9},
            "checkpoint": {"every": 1, "keep": STEPS},
        }
    )  # fmt: skip


def losses(folder: Path) -> list[float]:
    return list(read(folder).signals["loss"].value)


@pytest.mark.parametrize("precision", ["fp32", "bf16", "fp16"])
def test_a_run_that_is_resumed_goes_on_as_it_was(project: Path, precision: str) -> None:
    """Dropout is drawn on the device, fp16 has its scaler: the losses say that both were kept.

    Sums on a device come in another order each time: they agree to rounding, not to the bit.
    """
    whole = train(config(precision), project / "whole")
    expected = losses(whole)
    assert len(expected) == STEPS
    assert expected[-1] < expected[0]
    checkpoint = find_checkpoint(whole / "checkpoints" / "step-00000012", pytest.fail)
    again = train(config(precision), project / "again", checkpoint)
    assert losses(again) == pytest.approx(expected[12:], rel=2e-2 if precision != "fp32" else 1e-4)


@pytest.mark.filterwarnings(  # torch's own
    "ignore::DeprecationWarning", "ignore::FutureWarning", "ignore:TensorFloat32:UserWarning"
)
def test_a_compiled_run_learns_as_one_that_is_not(project: Path) -> None:
    plain = train(config("fp32"), project / "plain")
    compiled = train(config("fp32", compile=True), project / "compiled")
    # Dropout draws other numbers in compiled kernels.
    assert losses(compiled)[-1] == pytest.approx(losses(plain)[-1], rel=0.05)


def test_a_batch_that_the_device_cannot_hold_is_told_with_the_largest_that_it_can() -> None:
    device = torch.device("cuda")
    free, _ = torch.cuda.mem_get_info()
    width = free // 40 // 4  # so that a fortieth of the device's memory is a sample's output
    model = nn.Linear(1, width)
    batch = torch.ones(64, 1)
    case = Case(model.to(device), lambda m, b: m(b).square().mean(), [batch])
    tree = {"case": "a:b", "optimizer": {"name": "sgd", "momentum": 0}}
    state = TrainingState(build_config(tree), case, device)
    with pytest.raises(ConfigError) as caught:
        train_step(state, device)
    found = re.search(r"a batch of 64 .* the largest that does has (\d+):", str(caught.value))
    assert found, str(caught.value)
    assert 4 <= int(found[1]) < 40
    assert "\n" not in str(caught.value)
