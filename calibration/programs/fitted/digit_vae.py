"""A variational autoencoder of handwritten digits."""

import argparse
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader

from neural_trainer.live.monitor import Monitor


@dataclass
class Config:
    lr: float = 2e-3
    batch_size: int = 64
    epochs: int = 20
    latent: int = 8
    hidden: int = 96


class VAE(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(64, cfg.hidden), nn.ReLU())
        self.mu = nn.Linear(cfg.hidden, cfg.latent)
        self.log_var = nn.Linear(cfg.hidden, cfg.latent)
        self.decoder = nn.Sequential(
            nn.Linear(cfg.latent, cfg.hidden), nn.ReLU(), nn.Linear(cfg.hidden, 64), nn.Sigmoid()
        )

    def forward(self, x):
        h = self.encoder(x)
        mu, log_var = self.mu(h), self.log_var(h)
        z = mu + torch.randn_like(mu) * torch.exp(0.5 * log_var)
        return self.decoder(z), mu, log_var


def elbo(recon, x, mu, log_var):
    bce = F.binary_cross_entropy(recon, x)
    kl = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp(), dim=1).mean()
    return bce + kl, kl


@torch.no_grad()
def explained(model, x):
    mu = model.mu(model.encoder(x))
    error = (model.decoder(mu) - x).pow(2).sum()
    return (1 - error / (x - x.mean(0)).pow(2).sum()).item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    cfg = Config()
    x = torch.tensor(load_digits().data, dtype=torch.float32) / 16
    x = x[torch.randperm(len(x))]
    x_train, x_test = x[:1500], x[1500:]
    model = VAE(cfg)
    optimizer = torch.optim.Adam(model.parameters(), lr=cfg.lr)
    loader = DataLoader(x_train, batch_size=cfg.batch_size, shuffle=True)
    monitor = Monitor(args.out, model, optimizer, vars(cfg), activations=True, judge=False)

    for epoch in range(cfg.epochs):
        for batch in loader:
            recon, mu, log_var = model(batch)
            loss, kl = elbo(recon, batch, mu, log_var)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            monitor.step(loss, kl_divergence=kl.item())
        with torch.no_grad():
            recon, mu, log_var = model(x_test)
            val_loss, _ = elbo(recon, x_test, mu, log_var)
        monitor.evaluate(loss=val_loss.item())
        print(
            f"epoch {epoch}: loss {val_loss.item():.3f}, explained {explained(model, x_test):.3f}"
        )

    monitor.close()
    print(f"score: {explained(model, x_test):.4f}")


if __name__ == "__main__":
    main()
