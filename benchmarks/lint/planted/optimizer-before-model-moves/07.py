"""Typed setup function that returns a named tuple."""
from __future__ import annotations

from typing import NamedTuple

import torch
from torch import nn
from torch.optim import Adam, Optimizer


class Setup(NamedTuple):
    model: nn.Module
    optimizer: Optimizer


def prepare(model: nn.Module, device: str, lr: float) -> Setup:
    optimizer = Adam([p for p in model.parameters() if p.requires_grad], lr=lr)  # PLANTED
    return Setup(model.to(device), optimizer)


def train(model: nn.Module, loader, device: str = "cuda", epochs: int = 5) -> None:
    torch.manual_seed(44)
    setup = prepare(model, device, 1e-3)
    for epoch in range(epochs):
        setup.model.train()
        for x, y in loader:
            setup.optimizer.zero_grad()
            loss = nn.functional.cross_entropy(setup.model(x.to(device)), y.to(device))
            loss.backward()
            setup.optimizer.step()
        print(epoch, loss.item())
