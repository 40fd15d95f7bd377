"""On a CUDA device: the same numbers, no wait in a step, copies in order, and what a kill loses."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from loops import backward, batch, column, layers, mlp, plain_norm, rows
from plain import plain_statistics
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_

from neural_trainer.live.monitor import Monitor
from neural_trainer.runs.layers import GRADIENT_STATISTICS
from neural_trainer.runs.read import read

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]
HERE = Path(__file__).parent
EVERY = 5


class Model(nn.Module):
    """Small and large tensors, an activation function, attention."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.wide, self.act = mlp(), nn.Linear(3, 40_000), nn.ReLU()
        self.attention, self.out = Attention(), nn.Linear(40_000, 3)

    def forward(self, inputs: Tensor) -> Tensor:
        out: Tensor = self.attention(self.out(self.act(self.wide(self.body(inputs))))[None])
        return out


class Attention(nn.Module):
    """Attention of a sequence to itself."""

    def forward(self, inputs: Tensor) -> Tensor:
        return nn.functional.scaled_dot_product_attention(inputs, inputs, inputs)


def on_cuda() -> tuple[nn.Module, list[Tensor]]:
    torch.manual_seed(0)
    return Model().cuda(), [batch(i).cuda() for i in range(12)]


def copies(tensors: Any) -> list[Tensor]:
    return [tensor.detach().cpu().clone() for tensor in tensors]


@pytest.mark.parametrize("clipped", [False, True], ids=["as-it-is", "clipped"])
def test_statistics_are_those_of_float64(project: Path, clipped: bool) -> None:
    model, inputs = on_cuda()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-5)
    norms, expected, last = [], [], None
    with Monitor("a", model, optimizer, judge=False, every=1) as monitor:
        for some in inputs[:4]:
            optimizer.zero_grad()
            loss = backward(model, some)
            gradients = copies(p.grad for p in model.parameters())
            before = copies(model.parameters())
            norms.append(plain_norm(model.parameters()))
            if clipped:
                clip_grad_norm_(model.parameters(), 1e-3)
            optimizer.step()
            monitor.step(loss)
            after = copies(model.parameters())
            was = last or [None] * len(gradients)
            expected.append(
                [plain_statistics(*one) for one in zip(gradients, before, after, was, strict=True)]
            )
            last = gradients
    assert column("grad_norm") == pytest.approx(norms, rel=1e-5)
    found = layers()
    small = [i for i, p in enumerate(model.parameters()) if p.numel() <= 1024]
    for row, of_step in enumerate(expected):
        for i, statistics in enumerate(of_step):
            for name in GRADIENT_STATISTICS:
                if name in ("update_ratio", "grad_cosine") and i not in small:
                    continue
                told = found.gradients[name][row, i]
                assert told == pytest.approx(statistics[name], rel=1e-3, abs=1e-7, nan_ok=True)


@pytest.mark.filterwarnings("ignore:Synchronization debug mode:UserWarning")  # torch's own, once
@pytest.mark.parametrize("every", [1, 3])
@pytest.mark.parametrize("scaled", [False, True], ids=["plain", "scaled"])
@pytest.mark.parametrize("fused", [False, True], ids=["foreach", "fused"])
def test_no_step_waits_for_the_device(project: Path, fused: bool, scaled: bool, every: int) -> None:
    model, inputs = on_cuda()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, fused=fused)
    scaler = torch.amp.GradScaler("cuda", enabled=scaled and fused)
    with Monitor("a", model, optimizer, judge=False, every=every, activations=True) as monitor:
        for number, some in enumerate(inputs):
            # The first step makes handles and memory; a scaler that is not fused waits itself.
            torch.cuda.set_sync_debug_mode("error" if number else "default")
            try:
                optimizer.zero_grad()
                with torch.autocast("cuda", torch.bfloat16):
                    loss = model(some).square().mean()
                scaler.scale(loss).backward()
                scaler.unscale_(optimizer)
                clip_grad_norm_(model.parameters(), 1.0)
                scaler.step(optimizer)
                monitor.step(loss, samples=16)
            finally:
                torch.cuda.set_sync_debug_mode("default")
            scaler.update()
    assert len(rows()) == 12
    assert column("finite") == [1.0] * 12
    assert len(layers()) == {1: 12, 3: 5}[every]
    assert np.isfinite(layers().activations["mean"]).any()


def test_a_loss_scale_is_taken_out_and_a_skipped_step_counted(project: Path) -> None:
    model, inputs = on_cuda()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    scaler = torch.amp.GradScaler("cuda", init_scale=1024.0)
    norms = []
    with Monitor("a", model, optimizer, judge=False) as monitor:
        for number in range(3):
            optimizer.zero_grad()
            backward(model, inputs[number])
            norms.append(plain_norm(model.parameters()))
            optimizer.zero_grad()
            loss = model(inputs[number]).square().mean()
            scaler.scale(loss).backward()
            if number == 1:
                assert model.out.bias.grad is not None  # type: ignore[union-attr]
                model.out.bias.grad[0] = float("inf")  # type: ignore[union-attr, index]
            scaler.step(optimizer)
            scaler.update()
            monitor.step(loss)
    told = column("grad_norm")
    assert [told[0], told[2]] == pytest.approx([norms[0], norms[2]], rel=1e-4)
    assert column("skipped_steps") == [0.0, 1.0, 1.0]
    assert column("loss_scale") == [1024.0, 1024.0, 512.0]


def test_lines_come_in_order_with_their_own_losses(project: Path) -> None:
    model, inputs = on_cuda()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    losses = []
    with Monitor("a", model, optimizer, judge=False) as monitor:
        for _ in range(20):
            for some in inputs:
                optimizer.zero_grad()
                loss = backward(model, some)
                losses.append(loss.detach())
                optimizer.step()
                monitor.step(loss)
                losses[-1] = losses[-1].clone()
    assert column("step") == list(range(1, 241))
    assert column("loss") == [float(loss) for loss in losses]
    assert max(column("memory_bytes")) >= sum(p.numel() * 4 for p in model.parameters())


KILLED = f"""
import os, sys
import torch
from loops import backward, batch, mlp
from neural_trainer.live.monitor import Monitor
model = mlp().cuda()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
inputs = batch(0).cuda()
monitor = Monitor("run", model, optimizer, judge=False, every={EVERY})
while True:
    optimizer.zero_grad()
    loss = backward(model, inputs)
    optimizer.step()
    monitor.step(loss)
    os.write(1, b".")
"""


@pytest.mark.parametrize("after_steps", [3, 50, 500])
def test_a_kill_loses_at_most_the_last_k_steps(project: Path, after_steps: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED],
        env={**os.environ, "PYTHONPATH": f"{HERE.parents[1] / 'scripts'}:{HERE}"},
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    told = 0
    while told < after_steps:
        said = os.read(process.stdout.fileno(), 1 << 16)
        assert said, "the training has ended by itself"
        told += len(said)
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=60)
    told += len(process.stdout.read())
    process.stdout.close()
    steps = read("run").signals["loss"].step.tolist()
    assert steps == list(range(1, len(steps) + 1))
    assert told - EVERY <= len(steps) <= told + 1
