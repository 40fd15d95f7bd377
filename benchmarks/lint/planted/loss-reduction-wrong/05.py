"""Typed multi-label classification."""
from __future__ import annotations

import torch
from torch import nn


def make_loss(pos_weight: torch.Tensor | None = None) -> nn.Module:
    return nn.BCEWithLogitsLoss(pos_weight=pos_weight, reduction="sum")  # PLANTED


def train(net: nn.Module, loader, epochs: int = 10) -> None:
    torch.manual_seed(4)
    criterion = make_loss()
    opt = torch.optim.SGD(net.parameters(), lr=0.05)
    for epoch in range(epochs):
        net.train()
        for x, labels in loader:
            loss = criterion(net(x), labels.float())
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(f"epoch {epoch} {loss.item():.4f}")
