"""Typed KL divergence between histograms of features."""
from __future__ import annotations

import torch
from torch import Tensor, nn


def histogram(x: Tensor, bins: int = 32) -> Tensor:
    centres = torch.linspace(-1, 1, bins)
    weight = (1 - (x.reshape(-1, 1) - centres).abs() * bins / 2).clamp(min=0)
    return weight.sum(0) / weight.sum()


def kl(p: Tensor, q: Tensor) -> Tensor:
    return (p * (p / q).log()).sum()  # PLANTED


def match(net: nn.Module, source, target: Tensor, steps: int = 2000) -> None:
    torch.manual_seed(5)
    goal = histogram(target)
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    for step, x in zip(range(steps), source):
        loss = kl(goal, histogram(net(x).tanh()))
        opt.zero_grad()
        loss.backward()
        opt.step()
        if step % 100 == 0:
            print(step, loss.item())
