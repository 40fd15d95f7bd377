"""Typed: swap the projection of a contrastive model for a classifier."""
from __future__ import annotations

import torch
from torch import nn
from torch.optim import SGD, Optimizer


class SimCLR(nn.Module):
    def __init__(self, encoder: nn.Module, dim: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.projection: nn.Module = nn.Sequential(nn.Linear(dim, dim), nn.ReLU(), nn.Linear(dim, 128))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.projection(self.encoder(x))


def as_classifier(model: SimCLR, dim: int, classes: int) -> SimCLR:
    model.projection = nn.Linear(dim, classes)
    return model


def train(model: SimCLR, loader, dim: int, classes: int) -> None:
    torch.manual_seed(1)
    opt: Optimizer = SGD(model.parameters(), lr=0.05, momentum=0.9)  # PLANTED
    model = as_classifier(model, dim, classes)
    for epoch in range(30):
        model.train()
        for x, y in loader:
            loss = nn.functional.cross_entropy(model(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(f"epoch {epoch}: {loss.item():.4f}")
