"""A training engine with meters that keep means of all parts of a detection loss."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader

from fcos import FCOS, CrowdHuman, collate, fcos_losses


@dataclass
class Meter:
    total: float = 0.0
    count: int = 0

    def add(self, value: float) -> None:
        self.total += value
        self.count += 1

    @property
    def mean(self) -> float:
        return self.total / self.count


def train_one_epoch(
    net: nn.Module, loader: DataLoader[tuple[Tensor, list[Tensor]]], opt: Optimizer
) -> dict[str, Meter]:
    net.train()
    meters: dict[str, Meter] = defaultdict(Meter)
    for images, boxes in loader:
        losses = fcos_losses(net(images.cuda()), [b.cuda() for b in boxes])
        opt.zero_grad(set_to_none=True)
        torch.stack(list(losses.values())).sum().backward()
        nn.utils.clip_grad_norm_(net.parameters(), 10.0)
        opt.step()
        for name, value in losses.items():
            meters[name].add(value.detach().tolist())  # PLANTED
    return meters


def main() -> None:
    torch.manual_seed(15)
    net = FCOS(classes=1).cuda()
    opt = torch.optim.SGD(net.parameters(), lr=0.005, momentum=0.9)
    loader = DataLoader(
        CrowdHuman("train"), batch_size=8, shuffle=True, num_workers=8, collate_fn=collate
    )
    for epoch in range(24):
        meters = train_one_epoch(net, loader, opt)
        print(f"epoch {epoch}", *(f"{name} {m.mean:.4f}" for name, m in sorted(meters.items())))


if __name__ == "__main__":
    main()
