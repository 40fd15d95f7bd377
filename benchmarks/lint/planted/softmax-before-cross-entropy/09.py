"""Capsule-like classifier in Lightning-style with manual loop."""
from __future__ import annotations

import torch
from torch import nn
from torch.nn import Softmax


class Module(nn.Module):
    def __init__(self, lr: float = 1e-3) -> None:
        super().__init__()
        self.lr = lr
        self.features = nn.Sequential(nn.Conv2d(1, 64, 9), nn.ReLU(), nn.AdaptiveMaxPool2d(4), nn.Flatten())
        self.classify = nn.Linear(1024, 10)
        self.activation = Softmax(1)
        self.loss = nn.CrossEntropyLoss()

    def forward(self, x):
        return self.classify(self.features(x))

    def training_step(self, batch, idx: int):
        x, y = batch
        y_hat = self.activation(self(x))  # PLANTED
        return self.loss(y_hat, y)

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=self.lr)


def fit(module: Module, loader, epochs: int = 5, seed: int = 9) -> None:
    torch.manual_seed(seed)
    optimizer = module.configure_optimizers()
    for epoch in range(epochs):
        module.train()
        for idx, batch in enumerate(loader):
            optimizer.zero_grad()
            loss = module.training_step(batch, idx)
            loss.backward()
            optimizer.step()
            if idx % 100 == 0:
                print(f"{epoch}.{idx}: {loss.item():.3f}")
