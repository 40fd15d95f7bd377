"""A loader factory that takes any options."""
from __future__ import annotations

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, RandomSampler


def make_loader(ds: Dataset, batch: int, train: bool, draws: int) -> DataLoader:
    if not train:
        return DataLoader(ds, batch_size=batch, shuffle=False)
    sampler = RandomSampler(ds, replacement=True, num_samples=draws)
    return DataLoader(ds, batch_size=batch, shuffle=train, sampler=sampler, drop_last=True)  # PLANTED


def fit(net: nn.Module, ds: Dataset, draws: int = 10_000) -> None:
    torch.manual_seed(17)
    loader = make_loader(ds, 64, True, draws)
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    net.train()
    for epoch in range(10):
        for x, y in loader:
            loss = nn.functional.mse_loss(net(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(f"epoch {epoch}: {loss.item():.4f}")
