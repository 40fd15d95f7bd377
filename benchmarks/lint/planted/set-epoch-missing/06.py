"""Typed: loaders in a dataclass, training in a function."""
from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import nn
from torch.utils.data import DataLoader, Dataset, DistributedSampler


@dataclass
class Loaders:
    train: DataLoader
    valid: DataLoader


def make(train: Dataset, valid: Dataset, batch: int) -> Loaders:
    return Loaders(
        DataLoader(train, batch, sampler=DistributedSampler(train)),
        DataLoader(valid, batch, sampler=DistributedSampler(valid, shuffle=False)),
    )


def fit(net: nn.Module, loaders: Loaders, epochs: int, device: torch.device) -> None:
    torch.manual_seed(dist.get_rank())
    net = nn.parallel.DistributedDataParallel(net.to(device))
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    for epoch in range(epochs):  # PLANTED
        net.train()
        for x, y in loaders.train:
            loss = nn.functional.cross_entropy(net(x.to(device)), y.to(device))
            opt.zero_grad()
            loss.backward()
            opt.step()
        net.eval()
        with torch.no_grad():
            hits = sum((net(x.to(device)).argmax(1) == y.to(device)).sum() for x, y in loaders.valid)
        if dist.get_rank() == 0:
            print(f"epoch {epoch} loss {loss.item():.3f} hits {int(hits)}")
