"""Typed denoising autoencoder with a config."""
from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset


@dataclass(frozen=True)
class Config:
    hidden: int = 32
    noise: float = 0.1
    lr: float = 1e-3
    epochs: int = 50


def denoise(x: Tensor, cfg: Config = Config()) -> nn.Module:
    net = nn.Sequential(nn.Linear(x.size(1), cfg.hidden), nn.ReLU(), nn.Linear(cfg.hidden, x.size(1)))
    opt = torch.optim.Adam(net.parameters(), lr=cfg.lr)
    loader = DataLoader(TensorDataset(x), batch_size=128, shuffle=True)
    for epoch in range(cfg.epochs):  # PLANTED
        net.train()
        for (clean,) in loader:
            noisy = clean + cfg.noise * torch.randn_like(clean)
            loss = nn.functional.mse_loss(net(noisy), clean)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(f"epoch {epoch} {loss.item():.5f}")
    return net
