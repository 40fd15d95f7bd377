"""Molecule energies from fingerprints, typed, with a squared error by hand."""
from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset


def mlp(d: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(d, 512), nn.SiLU(), nn.Linear(512, 128), nn.SiLU(), nn.Linear(128, 1))


def train(fingerprints: Tensor, energies: Tensor, epochs: int = 100) -> nn.Module:
    """`fingerprints`: `(n, d)`; `energies`: `(n,)` in eV."""
    torch.manual_seed(5)
    assert energies.ndim == 1
    net = mlp(fingerprints.size(1))
    opt = torch.optim.Adam(net.parameters(), lr=5e-4)
    loader = DataLoader(TensorDataset(fingerprints, energies), batch_size=256, shuffle=True)
    for epoch in range(epochs):
        for x, e in loader:
            loss = (net(x) - e).pow(2).mean()  # PLANTED
            opt.zero_grad(set_to_none=True)
            loss.backward()
            opt.step()
        if epoch % 10 == 0:
            print(f"epoch {epoch} mse {loss.item():.5f}")
    return net
