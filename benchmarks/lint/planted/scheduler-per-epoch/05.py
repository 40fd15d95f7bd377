"""Typed: warm-up of a vision transformer for a thousand updates, then a constant rate."""
from __future__ import annotations

import torch
from torch import nn
from torch.optim.lr_scheduler import LinearLR
from torch.utils.data import DataLoader


def train(net: nn.Module, loader: DataLoader, epochs: int = 30, warmup_steps: int = 1000) -> None:
    torch.manual_seed(4)
    opt = torch.optim.Adam(net.parameters(), lr=5e-4)
    warmup = LinearLR(opt, start_factor=1e-3, total_iters=warmup_steps)
    for epoch in range(epochs):
        net.train()
        for x, y in loader:
            loss = nn.functional.cross_entropy(net(x), y)
            opt.zero_grad(set_to_none=True)
            loss.backward()
            opt.step()
        warmup.step()  # PLANTED
        print(f"epoch {epoch} {loss.item():.4f} {opt.param_groups[0]['lr']:.2e}")
