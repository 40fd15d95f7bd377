"""Layer whose bias starts from the prior of the classes."""
from __future__ import annotations

import torch
from torch import Tensor, nn


def classifier(d: int, counts: Tensor) -> nn.Linear:
    layer = nn.Linear(d, len(counts))
    prior = ((counts + 1) / (counts + 1).sum()).log()
    layer.bias.copy_(prior)  # PLANTED
    return layer


def train(features: Tensor, labels: Tensor, epochs: int = 50) -> nn.Linear:
    torch.manual_seed(12)
    layer = classifier(features.size(1), torch.bincount(labels).float())
    opt = torch.optim.SGD(layer.parameters(), lr=0.1)
    for epoch in range(epochs):
        for idx in torch.randperm(len(features)).split(256):
            loss = nn.functional.cross_entropy(layer(features[idx]), labels[idx])
            opt.zero_grad(set_to_none=True)
            loss.backward()
            opt.step()
        if epoch % 10 == 0:
            print(f"epoch {epoch} loss {loss.item():.4f}")
    return layer
