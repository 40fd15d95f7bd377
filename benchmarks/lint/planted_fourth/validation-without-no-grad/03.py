"""Convolutional VAE on 64x64 CelebA crops."""
import os
from dataclasses import asdict, dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader
from torchvision import datasets, transforms
from torchvision.utils import save_image


@dataclass
class VAEConfig:
    data: str = "data"
    latent: int = 128
    beta: float = 0.5
    batch: int = 144
    lr: float = 5e-4
    epochs: int = 40
    seed: int = 1265
    out: str = "vae_out"


class ConvVAE(nn.Module):
    def __init__(self, latent, widths=(32, 64, 128, 256)):
        super().__init__()
        enc, c = [], 3
        for w in widths:
            enc += [nn.Conv2d(c, w, 3, 2, 1, bias=False), nn.BatchNorm2d(w), nn.LeakyReLU()]
            c = w
        self.encoder = nn.Sequential(*enc, nn.Flatten())
        self.fc_mu = nn.Linear(c * 16, latent)
        self.fc_var = nn.Linear(c * 16, latent)
        self.fc_dec = nn.Linear(latent, c * 16)
        dec = []
        for w in widths[-2::-1] + (widths[0],):
            dec += [nn.ConvTranspose2d(c, w, 4, 2, 1, bias=False), nn.BatchNorm2d(w), nn.LeakyReLU()]
            c = w
        self.decoder = nn.Sequential(*dec, nn.Conv2d(c, 3, 3, padding=1), nn.Tanh())

    def encode(self, x):
        h = self.encoder(x)
        return self.fc_mu(h), self.fc_var(h)

    def decode(self, z):
        h = self.fc_dec(z)
        return self.decoder(h.view(z.size(0), -1, 4, 4))

    def forward(self, x):
        mu, logvar = self.encode(x)
        z = mu + torch.randn_like(mu) * torch.exp(0.5 * logvar) if self.training else mu
        return self.decode(z), mu, logvar


def elbo_terms(x, recon, mu, logvar):
    rec = F.mse_loss(recon, x, reduction="none").flatten(1).sum(1)
    kld = -0.5 * (1 + logvar - mu.pow(2) - logvar.exp()).sum(1)
    return rec, kld


def loaders(cfg):
    tf = transforms.Compose([
        transforms.CenterCrop(148),
        transforms.Resize(64),
        transforms.ToTensor(),
        transforms.Normalize([0.5] * 3, [0.5] * 3),
    ])
    train = datasets.CelebA(cfg.data, split="train", transform=tf, download=True)
    valid = datasets.CelebA(cfg.data, split="valid", transform=tf, download=True)
    return (
        DataLoader(train, cfg.batch, shuffle=True, num_workers=8, drop_last=True),
        DataLoader(valid, cfg.batch, num_workers=8),
    )


def train_epoch(model, loader, optimizer, cfg, device, epoch):
    model.train()
    for i, (x, _) in enumerate(loader):
        x = x.to(device)
        rec, kld = elbo_terms(x, *model(x))
        loss = (rec + cfg.beta * kld).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if i % 100 == 0:
            print(f"[{epoch}][{i}/{len(loader)}] loss {loss.item():.2f}")


def validate(model, loader, cfg, device):
    model.eval()
    torch.no_grad()
    total = torch.zeros(2, device=device)
    n = 0
    for x, _ in loader:  # PLANTED
        x = x.to(device)
        rec, kld = elbo_terms(x, *model(x))
        total += torch.stack([rec.sum(), kld.sum()]).detach()
        n += x.size(0)
    rec, kld = (total / n).tolist()
    return rec, kld, rec + cfg.beta * kld


def main():
    cfg = VAEConfig()
    torch.manual_seed(cfg.seed)
    os.makedirs(cfg.out, exist_ok=True)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    train_loader, valid_loader = loaders(cfg)
    model = ConvVAE(cfg.latent).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=cfg.lr)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.95)
    probe = torch.randn(64, cfg.latent, device=device)

    best = float("inf")
    for epoch in range(cfg.epochs):
        train_epoch(model, train_loader, optimizer, cfg, device, epoch)
        scheduler.step()
        rec, kld, loss = validate(model, valid_loader, cfg, device)
        print(f"[{epoch}] valid rec {rec:.2f} kld {kld:.2f} loss {loss:.2f}")
        with torch.no_grad():
            save_image(model.decode(probe), f"{cfg.out}/{epoch:03d}.png", nrow=8, normalize=True, value_range=(-1, 1))
        if loss < best:
            best = loss
            torch.save({"model": model.state_dict(), "config": asdict(cfg)}, f"{cfg.out}/best.pt")


if __name__ == "__main__":
    main()
