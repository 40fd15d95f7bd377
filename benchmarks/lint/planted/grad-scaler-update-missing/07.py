"""Typed AMP policy object used by a loop."""
from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.optim import Adam, Optimizer


class HalfPrecision:
    """Runs the forward pass in fp16 and applies scaled gradients."""

    def __init__(self) -> None:
        self.scaler = torch.amp.GradScaler("cuda")

    def forward(self, model: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        with torch.autocast("cuda", dtype=torch.float16):
            return nn.functional.cross_entropy(model(x), y)

    def apply(self, loss: Tensor, opt: Optimizer) -> None:
        opt.zero_grad(set_to_none=True)
        self.scaler.scale(loss).backward()
        self.scaler.step(opt)  # PLANTED


def train(model: nn.Module, loader, steps: int) -> None:
    torch.manual_seed(61)
    policy = HalfPrecision()
    model.cuda().train()
    opt = Adam(model.parameters(), lr=1e-3)
    for step, (x, y) in zip(range(steps), loader):
        loss = policy.forward(model, x.cuda(), y.cuda())
        policy.apply(loss, opt)
        if step % 50 == 0:
            print(f"step {step} loss {loss.item():.4f}")
