"""Typed trainer that keeps the best checkpoint by validation loss."""
from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader


def mean_loss(net: nn.Module, loader: DataLoader, loss_fn: nn.Module) -> float:
    net.eval()
    losses: list[Tensor] = [loss_fn(net(x), y) for x, y in loader]  # PLANTED
    net.train()
    return float(torch.stack(losses).mean())


def save(path: Path, net: nn.Module, opt: Optimizer, epoch: int) -> None:
    state = {"model": net.state_dict(), "optimizer": opt.state_dict(), "epoch": epoch, "rng": torch.get_rng_state()}
    torch.save(state, path)


def fit(net: nn.Module, train: DataLoader, valid: DataLoader, out: Path, epochs: int = 25) -> None:
    torch.manual_seed(0)
    loss_fn = nn.HuberLoss()
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    best = float("inf")
    net.train()
    for epoch in range(epochs):
        for x, y in train:
            opt.zero_grad(set_to_none=True)
            loss = loss_fn(net(x), y)
            loss.backward()
            opt.step()
        score = mean_loss(net, valid, loss_fn)
        print(f"epoch {epoch} valid {score:.4f}")
        if score < best:
            best = score
            save(out / "best.pt", net, opt, epoch)
