"""Models pollen in the air: the training is a generator, and its caller writes what it yields."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import nn
from torch.utils.data import DataLoader

from pollen import PollenWindows


class Progress(NamedTuple):
    epoch: int
    train: float
    val: float
    rate: float


def mean_loss(model: nn.Module, loader: DataLoader, criterion: nn.Module) -> float:
    model.eval()
    with torch.no_grad():
        losses = [criterion(model(weather), grains) for weather, grains in loader]
    model.train()
    return torch.stack(losses).mean().item()


def training(
    model: nn.Module, train: DataLoader, val: DataLoader, epochs: int, lr: float
) -> Iterator[Progress]:
    criterion = nn.HuberLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.3, patience=4)
    for epoch in range(epochs):
        total = torch.zeros(())
        for weather, grains in train:
            loss = criterion(model(weather), grains)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.detach()
        val_loss = mean_loss(model, val, criterion)
        schedule.step(val_loss)
        yield Progress(epoch, total.item() / len(train), val_loss, optimizer.param_groups[0]["lr"])


def main() -> None:
    torch.manual_seed(29)
    train = DataLoader(PollenWindows("2010-2018"), batch_size=32, shuffle=True)
    val = DataLoader(PollenWindows("2019"), batch_size=366)
    model = nn.Sequential(nn.Flatten(), nn.Linear(14 * 9, 96), nn.ReLU(), nn.Dropout(0.1), nn.Linear(96, 7))
    table = csv.writer(sys.stdout)
    table.writerow(Progress._fields)
    table.writerows(training(model, train, val, epochs=80, lr=1e-3))


if __name__ == "__main__":
    main()
