"""Typed step with a hyper-parameter object."""
from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Hyper:
    lr: float = 0.05
    max_grad_norm: float = 1e-7
    seed: int = 4


def step(net: nn.Module, opt: torch.optim.Optimizer, x: Tensor, y: Tensor, hp: Hyper) -> Tensor:
    loss = nn.functional.mse_loss(net(x), y)
    opt.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), max_norm=hp.max_grad_norm)  # PLANTED
    opt.step()
    return loss.detach()


def train(net: nn.Module, loader, hp: Hyper = Hyper()) -> None:
    torch.manual_seed(hp.seed)
    opt = torch.optim.SGD(net.parameters(), lr=hp.lr)
    net.train()
    for epoch in range(10):
        losses = torch.stack([step(net, opt, x, y, hp) for x, y in loader])
        print(epoch, losses.mean().item())
