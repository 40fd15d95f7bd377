"""Learns from two looks at each sea floor picture which belong together."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim.lr_scheduler import CosineAnnealingLR
from torch.utils.data import DataLoader
from torchvision import transforms

from seafloor import SeaFloor


@dataclass(frozen=True, slots=True)
class Plan:
    epochs: int = 100
    batch_size: int = 128
    lr: float = 0.03
    heat: float = 0.01


class TwoLooks:
    def __init__(self, size: int = 96) -> None:
        self.look = transforms.Compose([
            transforms.RandomResizedCrop(size, (0.3, 1.0)),
            transforms.RandomHorizontalFlip(),
            transforms.ColorJitter(0.4, 0.4, 0.4),
            transforms.ToTensor(),
        ])

    def __call__(self, picture):
        return self.look(picture), self.look(picture)


class Encoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        widths = [3, 32, 64, 128, 256]
        self.body = nn.Sequential(*(
            nn.Sequential(nn.Conv2d(i, o, 3, stride=2, padding=1), nn.ReLU()) for i, o in zip(widths, widths[1:])
        ))
        self.project = nn.Sequential(nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 64))

    def forward(self, x: Tensor) -> Tensor:
        return F.normalize(self.project(self.body(x).mean((2, 3))), dim=1)


def agreement(a: Tensor, b: Tensor, heat: float) -> Tensor:
    """How surely each first look picks its own second look out of all of the batch."""
    closeness = torch.exp(a @ b.T / heat)
    belongs = closeness / closeness.sum(dim=1, keepdim=True)
    return -belongs.diagonal().log().mean()  # PLANTED


def main(plan: Plan) -> None:
    torch.manual_seed(20_000)
    loader = DataLoader(
        SeaFloor("floor", TwoLooks()), plan.batch_size, shuffle=True, num_workers=8, drop_last=True
    )
    encoder = Encoder().cuda()
    optimizer = torch.optim.SGD(encoder.parameters(), lr=plan.lr, momentum=0.9)
    schedule = CosineAnnealingLR(optimizer, T_max=plan.epochs)
    for epoch in range(plan.epochs):
        total = torch.zeros((), device="cuda")
        for first, second in loader:
            loss = agreement(encoder(first.cuda()), encoder(second.cuda()), plan.heat)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.detach()
        schedule.step()
        print(f"epoch {epoch}: {total.item() / len(loader):.4f}")


if __name__ == "__main__":
    main(Plan())
