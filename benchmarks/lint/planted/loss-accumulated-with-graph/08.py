"""Trainer of an image retrieval model, typed."""
from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn


@dataclass
class EpochLog:
    epoch: int
    triplet: list[Tensor] = field(default_factory=list)

    def summary(self) -> str:
        mean = torch.stack([t.detach() for t in self.triplet]).mean().item()
        return f"epoch {self.epoch}: triplet {mean:.4f}"


def train(net: nn.Module, triplets, epochs: int = 20) -> nn.Module:
    torch.manual_seed(16)
    margin = nn.TripletMarginLoss(margin=0.3)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-4)
    for epoch in range(epochs):
        net.train()
        log = EpochLog(epoch)
        for anchor, positive, negative in triplets:
            loss = margin(net(anchor), net(positive), net(negative))
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            log.triplet += [loss]  # PLANTED
        print(log.summary())
    return net
