"""Optimizer chosen by name, decay from the config, typed."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer


@dataclass
class OptimConfig:
    name: str = "AdamW"
    lr: float = 1e-3
    weight_decay: float = 0.1


def build(model: nn.Module, cfg: OptimConfig) -> Optimizer:
    params = [p for p in model.parameters() if p.requires_grad]
    kwargs: dict[str, Any] = {"lr": cfg.lr, "weight_decay": cfg.weight_decay}
    return torch.optim.AdamW(params, **kwargs)  # PLANTED


def mlp(d: int, k: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(d, 256), nn.LayerNorm(256), nn.GELU(), nn.Linear(256, k))


def train(loader, d: int, k: int, cfg: OptimConfig = OptimConfig()) -> nn.Module:
    torch.manual_seed(6)
    net = mlp(d, k)
    opt = build(net, cfg)
    for epoch in range(20):
        net.train()
        for x, y in loader:
            loss = nn.functional.cross_entropy(net(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(f"epoch {epoch} {loss.item():.4f}")
    return net
