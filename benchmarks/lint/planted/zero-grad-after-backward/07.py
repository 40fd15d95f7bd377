"""Variational autoencoder on binarised digits, typed."""
from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class VAE(nn.Module):
    def __init__(self, latent: int = 20) -> None:
        super().__init__()
        self.enc = nn.Linear(784, 400)
        self.mu, self.logvar = nn.Linear(400, latent), nn.Linear(400, latent)
        self.dec = nn.Sequential(nn.Linear(latent, 400), nn.ReLU(), nn.Linear(400, 784))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.enc(x))
        mu, logvar = self.mu(h), self.logvar(h)
        z = mu + torch.randn_like(mu) * (0.5 * logvar).exp()
        return self.dec(z), mu, logvar


def elbo(recon: Tensor, x: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    bce = F.binary_cross_entropy_with_logits(recon, x, reduction="none").sum(-1)
    kl = -0.5 * (1 + logvar - mu.pow(2) - logvar.exp()).sum(-1)
    return (bce + kl).mean()


def fit(batches: Iterable[Tensor], epochs: int = 10) -> VAE:
    torch.manual_seed(1)
    vae = VAE()
    optim = torch.optim.Adam(vae.parameters(), lr=1e-3)
    for epoch in range(epochs):
        last = torch.zeros(())
        for x in batches:
            recon, mu, logvar = vae(x)
            last = elbo(recon, x, mu, logvar)
            last.backward()
            for p in vae.parameters():
                p.grad = None  # PLANTED
            optim.step()
        print(f"epoch {epoch} -elbo {last.item():.2f}")
    return vae
