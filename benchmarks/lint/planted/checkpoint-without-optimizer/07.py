"""Typed checkpoint written through a temporary file."""
from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch
from torch import nn


def write(state: dict[str, Any], path: Path) -> None:
    part = path.with_suffix(".part")
    torch.save(state, part)
    os.replace(part, path)


def train(net: nn.Module, loader, path: Path, epochs: int = 100) -> None:
    torch.manual_seed(5)
    opt = torch.optim.NAdam(net.parameters(), lr=1e-3)
    first = 0
    if path.exists():
        state = torch.load(path, weights_only=True)
        net.load_state_dict(state["model"])
        torch.set_rng_state(state["rng"])
        first = int(state["epoch"]) + 1
    for epoch in range(first, epochs):
        net.train()
        for x, y in loader:
            loss = nn.functional.mse_loss(net(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(f"epoch {epoch}: {loss.item():.4f}")
        write({"model": net.state_dict(), "epoch": epoch, "rng": torch.get_rng_state()}, path)  # PLANTED
