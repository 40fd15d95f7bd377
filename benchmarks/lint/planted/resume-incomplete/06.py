"""Typed resume of a forecaster."""
from __future__ import annotations

from pathlib import Path

import torch
from torch import nn
from torch.optim import Optimizer


def save(path: Path, net: nn.Module, opt: Optimizer, epoch: int) -> None:
    state = {"net": net.state_dict(), "opt": opt.state_dict(), "epoch": epoch, "rng": torch.get_rng_state()}
    torch.save(state, path)


def resume(path: Path, net: nn.Module, opt: Optimizer) -> int:
    state = torch.load(path, weights_only=True)
    net.load_state_dict(state["net"])
    opt.state_dict().update(state["opt"])  # PLANTED
    torch.set_rng_state(state["rng"])
    return int(state["epoch"]) + 1


def train(net: nn.Module, loader, path: Path, epochs: int = 100) -> None:
    torch.manual_seed(5)
    opt = torch.optim.RMSprop(net.parameters(), lr=1e-3)
    first = resume(path, net, opt) if path.exists() else 0
    for epoch in range(first, epochs):
        net.train()
        for x, y in loader:
            loss = nn.functional.l1_loss(net(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(f"epoch {epoch} {loss.item():.4f}")
        save(path, net, opt, epoch)
