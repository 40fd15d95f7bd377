"""Matching network on Omniglot, with warm restarts every ten epochs."""
from dataclasses import dataclass, field

import torch
from torch.optim.lr_scheduler import CosineAnnealingWarmRestarts

from omniglot import episodes
from matching import MatchingNet


@dataclass
class TrainConfig:
    epochs: int = 70
    restart_epochs: int = 10
    lr: float = 1e-3
    seed: int = 55
    log: list = field(default_factory=list)


def train(cfg: TrainConfig) -> MatchingNet:
    torch.manual_seed(cfg.seed)
    net = MatchingNet()
    adam = torch.optim.Adam(net.parameters(), lr=cfg.lr)
    restarts = CosineAnnealingWarmRestarts(adam, T_0=cfg.restart_epochs, T_mult=2)
    for epoch in range(cfg.epochs):
        net.train()
        for support, query, labels in episodes(n_way=5, k_shot=1):
            adam.zero_grad()
            loss = torch.nn.functional.cross_entropy(net(support, query), labels)
            loss.backward()
            adam.step()
            restarts.step()  # PLANTED
        cfg.log.append((epoch, loss.item()))
        print(cfg.log[-1])
    return net
