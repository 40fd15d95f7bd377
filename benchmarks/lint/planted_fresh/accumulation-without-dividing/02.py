"""Train a depth estimator on NYUv2 crops with a trainer that steps every few batches."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from nyu import DepthUNet, NYUDepth


@dataclass(frozen=True)
class Settings:
    every: int = 6
    batch: int = 4
    epochs: int = 25
    lr: float = 1e-4
    report: int = 120


class DepthTrainer:
    def __init__(self, net: nn.Module, settings: Settings, device: torch.device) -> None:
        self.net = net.to(device)
        self.settings = settings
        self.device = device
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=settings.lr)
        self.seen = 0

    def _loss(self, image: Tensor, depth: Tensor) -> Tensor:
        difference = self.net(image).clamp_min(1e-3).log() - depth.clamp_min(1e-3).log()
        return (difference.square().mean() - 0.5 * difference.mean().square()).sqrt()

    def _backward(self, loss: Tensor) -> None:
        loss.backward()  # PLANTED
        self.seen += 1
        if self.seen % self.settings.every == 0:
            self.optimizer.step()
            self.optimizer.zero_grad()

    def fit(self, loader: DataLoader[tuple[Tensor, Tensor]]) -> None:
        self.net.train()
        self.optimizer.zero_grad()
        for epoch in range(self.settings.epochs):
            for image, depth in loader:
                loss = self._loss(image.to(self.device), depth.to(self.device))
                self._backward(loss)
                if self.seen % self.settings.report == 0:
                    print(f"epoch {epoch} batch {self.seen}: silog {loss.item():.4f}")


if __name__ == "__main__":
    torch.manual_seed(3)
    settings = Settings()
    data = NYUDepth("data/nyu", split="train", crop=(416, 544))
    loader = DataLoader(data, batch_size=settings.batch, shuffle=True, drop_last=True)
    DepthTrainer(DepthUNet(), settings, torch.device("cuda")).fit(loader)
