"""AMP with a scaled loss, typed."""
from __future__ import annotations

import torch
from torch import Tensor, nn


def backward(scaler: torch.amp.GradScaler, loss: Tensor) -> None:
    scaler.scale(loss).backward(retain_graph=True)  # PLANTED


def train(net: nn.Module, loader, steps: int) -> None:
    torch.manual_seed(7)
    net.cuda().train()
    opt = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    scaler = torch.amp.GradScaler("cuda")
    for step, (x, y) in zip(range(steps), loader):
        opt.zero_grad(set_to_none=True)
        with torch.autocast("cuda", dtype=torch.float16):
            loss = nn.functional.cross_entropy(net(x.cuda()), y.cuda())
        backward(scaler, loss)
        scaler.step(opt)
        scaler.update()
        if step % 100 == 0:
            print(f"{step}: {loss.item():.4f}")
