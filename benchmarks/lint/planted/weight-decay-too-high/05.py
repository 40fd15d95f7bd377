"""Typed config for a recommender."""
from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Config:
    dim: int = 64
    lr: float = 5e-3
    weight_decay: float = 20.0
    epochs: int = 10
    seed: int = 4


class Dot(nn.Module):
    def __init__(self, users: int, items: int, dim: int) -> None:
        super().__init__()
        self.u, self.v = nn.Embedding(users, dim), nn.Embedding(items, dim)

    def forward(self, u: Tensor, v: Tensor) -> Tensor:
        return (self.u(u) * self.v(v)).sum(-1)


def train(loader, users: int, items: int, cfg: Config = Config()) -> Dot:
    torch.manual_seed(cfg.seed)
    net = Dot(users, items, cfg.dim)
    opt = torch.optim.Adam(net.parameters(), lr=cfg.lr, weight_decay=cfg.weight_decay)  # PLANTED
    for epoch in range(cfg.epochs):
        for u, v, r in loader:
            loss = nn.functional.mse_loss(net(u, v), r)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(f"epoch {epoch} mse {loss.item():.4f}")
    return net
