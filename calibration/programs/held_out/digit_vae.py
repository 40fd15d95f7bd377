"""Variational autoencoder on 8x8 digits."""

import argparse

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn

from neural_trainer.live.monitor import Monitor


class VAE(nn.Module):
    def __init__(self, latent=8, hidden=128):
        super().__init__()
        self.enc = nn.Sequential(nn.Linear(64, hidden), nn.ReLU())
        self.mu = nn.Linear(hidden, latent)
        self.logvar = nn.Linear(hidden, latent)
        self.dec = nn.Sequential(nn.Linear(latent, hidden), nn.ReLU(), nn.Linear(hidden, 64))

    def encode(self, x):
        h = self.enc(x)
        return self.mu(h), self.logvar(h)

    def reparameterize(self, mu, logvar):
        std = torch.exp(0.5 * logvar)
        return mu + std * torch.randn_like(std)

    def forward(self, x):
        mu, logvar = self.encode(x)
        z = self.reparameterize(mu, logvar)
        return self.dec(z), mu, logvar


def vae_loss(recon, x, mu, logvar):
    bce = F.binary_cross_entropy_with_logits(recon, x)
    kld = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp()) / x.size(0)
    return bce + kld, bce, kld


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=25)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    digits = torch.tensor(load_digits().data, dtype=torch.float32) / 16
    digits = digits[torch.randperm(len(digits))]
    train, test = digits[:1500], digits[1500:]
    model = VAE()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    monitor = Monitor(
        args.out,
        model,
        optimizer,
        {"lr": 2e-3, "batch_size": 64, "latent": 8, "epochs": args.epochs},
        activations=True,
        judge=False,
    )
    for _ in range(args.epochs):
        model.train()
        for x in train[torch.randperm(len(train))].split(64):
            recon, mu, logvar = model(x)
            loss, bce, kld = vae_loss(recon, x, mu, logvar)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            monitor.step(loss, reconstruction=bce.item(), kl=kld.item())
        model.eval()
        with torch.no_grad():
            recon, mu, logvar = model(test)
            loss, bce, kld = vae_loss(recon, test, mu, logvar)
            clean = torch.sigmoid(model.dec(mu))
        monitor.evaluate(loss=loss.item(), reconstruction=bce.item(), kl=kld.item())
    residual = (clean - test).pow(2).sum() / (test - train.mean(0)).pow(2).sum()
    monitor.close()
    print(f"score: {1 - residual.item():.4f}")


if __name__ == "__main__":
    main()
