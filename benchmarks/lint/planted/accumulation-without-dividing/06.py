"""Contrastive model, config dataclass, typed."""
from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Cfg:
    micro: int = 32
    batch: int = 256
    lr: float = 0.03
    epochs: int = 50
    seed: int = 11

    @property
    def every(self) -> int:
        return self.batch // self.micro


def nt_xent(a: Tensor, b: Tensor, t: float = 0.2) -> Tensor:
    z = nn.functional.normalize(torch.cat([a, b]), dim=1)
    sim = (z @ z.T / t).masked_fill(torch.eye(len(z), dtype=torch.bool, device=z.device), -1e9)
    n = len(a)
    return nn.functional.cross_entropy(sim, torch.arange(2 * n, device=z.device).roll(n))


def train(net: nn.Module, loader, cfg: Cfg = Cfg()) -> None:
    torch.manual_seed(cfg.seed)
    opt = torch.optim.SGD(net.parameters(), lr=cfg.lr, momentum=0.9)
    net.train()
    for epoch in range(cfg.epochs):
        for k, (a, b) in enumerate(loader):
            if k % cfg.every == 0:
                opt.zero_grad()
            loss = nt_xent(net(a), net(b))
            loss.backward()  # PLANTED
            if k % cfg.every == cfg.every - 1:
                opt.step()
        print(f"epoch {epoch} loss {loss.item():.4f}")
