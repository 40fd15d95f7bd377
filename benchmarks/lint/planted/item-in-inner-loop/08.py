"""Typed loop with a meter."""
from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass
class Mean:
    total: float = 0.0
    n: int = 0

    def add(self, value: float, count: int) -> None:
        self.total += value * count
        self.n += count

    def __str__(self) -> str:
        return f"{self.total / max(1, self.n):.4f}"


def train(net: nn.Module, loader, device: torch.device, epochs: int = 10) -> None:
    torch.manual_seed(7)
    net.to(device).train()
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    for epoch in range(epochs):
        mean = Mean()
        for x, y in loader:
            x: Tensor = x.to(device)
            loss = nn.functional.cross_entropy(net(x), y.to(device))
            opt.zero_grad()
            loss.backward()
            opt.step()
            mean.add(loss.item(), x.size(0))  # PLANTED
        print("epoch", epoch, "loss", mean)
