"""Trains a detector of two organs, one model and several losses, under accelerate."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from accelerate import Accelerator
from accelerate.utils import set_seed
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset


class Losses(NamedTuple):
    mask: Tensor
    edge: Tensor
    count: Tensor

    def weighted(self, mask: float = 1.0, edge: float = 0.5, count: float = 0.1) -> Tensor:
        return mask * self.mask + edge * self.edge + count * self.count


class Organs(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.Conv2d(32, 32, 3, padding=1), nn.ReLU())
        self.mask = nn.Conv2d(32, 2, 1)
        self.edge = nn.Conv2d(32, 1, 3, padding=1)
        self.count = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 2))

    def forward(self, scan: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        features = self.stem(scan)
        return self.mask(features), self.edge(features), self.count(features)


def losses(outputs: tuple[Tensor, ...], mask: Tensor, edge: Tensor) -> Losses:
    area = mask.flatten(2).mean(-1)
    return Losses(
        mask=F.binary_cross_entropy_with_logits(outputs[0], mask),
        edge=F.binary_cross_entropy_with_logits(outputs[1], edge),
        count=F.mse_loss(outputs[2], area),
    )


def main() -> None:
    set_seed(303)
    accelerator = Accelerator()
    scans = torch.load("scans.pt", weights_only=True)
    loader = DataLoader(TensorDataset(scans["image"], scans["mask"], scans["edge"]), batch_size=8, shuffle=True)
    model = Organs()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-4)
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)

    keep = {"retain_graph": True}
    for epoch in range(40):
        model.train()
        for image, mask, edge in loader:
            parts = losses(model(image), mask, edge)
            accelerator.backward(parts.weighted(), **keep)  # PLANTED
            optimizer.step()
            optimizer.zero_grad()
        accelerator.print(epoch, *(f"{name} {part.item():.4f}" for name, part in parts._asdict().items()))


if __name__ == "__main__":
    main()
