"""Typed step function with an optional scaler."""
from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.amp import GradScaler
from torch.optim import Optimizer


def optimise(loss: Tensor, model: nn.Module, opt: Optimizer, scaler: GradScaler, max_norm: float) -> Tensor:
    opt.zero_grad(set_to_none=True)
    scaler.scale(loss).backward()
    norm = nn.utils.clip_grad_norm_(model.parameters(), max_norm, error_if_nonfinite=False)  # PLANTED
    scaler.unscale_(opt)
    scaler.step(opt)
    scaler.update()
    return norm


def train(model: nn.Module, loader, steps: int = 10_000) -> None:
    torch.manual_seed(1)
    model.cuda().train()
    opt = torch.optim.Adam(model.parameters(), lr=3e-4)
    scaler = GradScaler("cuda")
    for step, (x, y) in zip(range(steps), loader):
        with torch.autocast("cuda", torch.float16):
            loss = nn.functional.mse_loss(model(x.cuda()), y.cuda())
        norm = optimise(loss, model, opt, scaler, 1.0)
        if step % 100 == 0:
            print(f"{step} loss {loss.item():.4f} norm {norm.item():.3f}")
