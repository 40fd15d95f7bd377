"""Config dataclass with typed fields."""
from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn


@dataclass(frozen=True)
class Config:
    epochs: int = 30
    lr: float = 0.0  # PLANTED
    momentum: float = 0.9
    seed: int = 6


def train(net: nn.Module, loader, cfg: Config = Config()) -> None:
    torch.manual_seed(cfg.seed)
    opt = torch.optim.SGD(net.parameters(), lr=cfg.lr, momentum=cfg.momentum)
    for epoch in range(cfg.epochs):
        net.train()
        for x, y in loader:
            loss = nn.functional.cross_entropy(net(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(f"epoch {epoch} loss {loss.item():.4f}")
