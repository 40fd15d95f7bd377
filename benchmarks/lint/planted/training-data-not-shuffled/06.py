"""Typed data module with a flag."""
from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset


@dataclass
class DataModule:
    x: Tensor
    y: Tensor
    batch: int = 128

    def loader(self) -> DataLoader:
        return DataLoader(TensorDataset(self.x, self.y), batch_size=self.batch, shuffle=False)  # PLANTED


def fit(net: nn.Module, data: DataModule, epochs: int = 10) -> None:
    torch.manual_seed(99)
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    batches = data.loader()
    net.train()
    for epoch in range(epochs):
        for x, y in batches:
            loss = nn.functional.cross_entropy(net(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(f"epoch {epoch} {loss.item():.4f}")
