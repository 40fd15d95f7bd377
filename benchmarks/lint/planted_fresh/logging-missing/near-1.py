"""Predict the remaining life of batteries; what happens goes to whoever has asked for it."""

from __future__ import annotations

import csv
from collections.abc import Callable
from typing import TextIO

import torch
from torch import nn
from torch.utils.data import DataLoader

from batteries import CycleCurves

Listener = Callable[[int, dict[str, float]], None]


def into_csv(file: TextIO) -> Listener:
    writer = csv.writer(file)
    writer.writerow(["epoch", "train", "val"])

    def listen(epoch: int, values: dict[str, float]) -> None:
        writer.writerow([epoch, values["train"], values["val"]])
        file.flush()

    return listen


class LifeModel:
    def __init__(self, curve_length: int) -> None:
        self.net = nn.Sequential(nn.Linear(curve_length, 64), nn.GELU(), nn.Linear(64, 1))
        self.opt = torch.optim.Adam(self.net.parameters(), lr=1e-3)
        self.listeners: list[Listener] = []

    def error(self, curve: torch.Tensor, life: torch.Tensor) -> torch.Tensor:
        return nn.functional.l1_loss(self.net(curve).squeeze(1), life)

    def fit(self, train: DataLoader, val: DataLoader, epochs: int) -> None:
        for epoch in range(epochs):
            self.net.train()
            total = torch.zeros(())
            for curve, life in train:
                loss = self.error(curve, life)
                self.opt.zero_grad()
                loss.backward()
                self.opt.step()
                total += loss.detach()
            self.net.eval()
            with torch.no_grad():
                held = sum(self.error(curve, life) for curve, life in val)
            values = {"train": total.item() / len(train), "val": held.item() / len(val)}
            for listener in self.listeners:
                listener(epoch, values)


if __name__ == "__main__":
    torch.manual_seed(124)
    model = LifeModel(curve_length=1000)
    with open("life.csv", "w", newline="") as file:
        model.listeners.append(into_csv(file))
        train = DataLoader(CycleCurves("train"), batch_size=16, shuffle=True)
        model.fit(train, DataLoader(CycleCurves("val"), batch_size=64), epochs=300)
