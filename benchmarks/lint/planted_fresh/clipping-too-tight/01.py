"""Classify ECG beats by a one-dimensional ResNet, set up by a dataclass."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from ecg import BeatDataset, ResNet1d


@dataclass(frozen=True, kw_only=True)
class BeatConfig:
    classes: int = 5
    batch_size: int = 256
    epochs: int = 60
    learning_rate: float = 0.1
    momentum: float = 0.9
    max_grad_norm: float = 1e-4  # PLANTED
    seed: int = 360


def train_epoch(
    net: nn.Module, loader: DataLoader[tuple[Tensor, Tensor]], opt: torch.optim.SGD, cfg: BeatConfig
) -> float:
    net.train()
    total = torch.zeros((), device="cuda")
    for beat, kind in loader:
        opt.zero_grad(set_to_none=True)
        loss = nn.functional.cross_entropy(net(beat.cuda()), kind.cuda())
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), cfg.max_grad_norm)
        opt.step()
        total += loss.detach()
    return total.item() / len(loader)


@torch.no_grad()
def accuracy(net: nn.Module, loader: DataLoader[tuple[Tensor, Tensor]]) -> float:
    net.eval()
    right = torch.zeros((), device="cuda")
    seen = 0
    for beat, kind in loader:
        right += (net(beat.cuda()).argmax(1) == kind.cuda()).sum()
        seen += len(kind)
    return right.item() / seen


def main(cfg: BeatConfig) -> None:
    torch.manual_seed(cfg.seed)
    train = DataLoader(BeatDataset("train"), batch_size=cfg.batch_size, shuffle=True)
    val = DataLoader(BeatDataset("val"), batch_size=1024)
    net = ResNet1d(cfg.classes).cuda()
    opt = torch.optim.SGD(net.parameters(), lr=cfg.learning_rate, momentum=cfg.momentum)
    for epoch in range(cfg.epochs):
        loss = train_epoch(net, train, opt, cfg)
        print(f"{epoch:02d} loss {loss:.4f} accuracy {accuracy(net, val):.4f}")


if __name__ == "__main__":
    main(BeatConfig())
