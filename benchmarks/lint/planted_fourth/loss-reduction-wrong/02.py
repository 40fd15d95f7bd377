"""Convolutional VAE on Fashion-MNIST."""
import argparse
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader
from torchvision import datasets, transforms
from torchvision.utils import save_image


class ConvVAE(nn.Module):
    def __init__(self, z_dim: int = 32):
        super().__init__()
        self.z_dim = z_dim
        self.enc = nn.Sequential(
            nn.Conv2d(1, 32, 4, 2, 1), nn.ReLU(),
            nn.Conv2d(32, 64, 4, 2, 1), nn.ReLU(),
            nn.Flatten(),
        )
        self.to_mu = nn.Linear(64 * 7 * 7, z_dim)
        self.to_logvar = nn.Linear(64 * 7 * 7, z_dim)
        self.from_z = nn.Linear(z_dim, 64 * 7 * 7)
        self.dec = nn.Sequential(
            nn.ReLU(),
            nn.ConvTranspose2d(64, 32, 4, 2, 1), nn.ReLU(),
            nn.ConvTranspose2d(32, 1, 4, 2, 1),
        )

    def encode(self, x):
        h = self.enc(x)
        return self.to_mu(h), self.to_logvar(h)

    @staticmethod
    def reparameterize(mu, logvar):
        std = torch.exp(0.5 * logvar)
        return mu + std * torch.randn_like(std)

    def decode(self, z):
        return self.dec(self.from_z(z).view(-1, 64, 7, 7))

    def forward(self, x):
        mu, logvar = self.encode(x)
        z = self.reparameterize(mu, logvar)
        return self.decode(z), mu, logvar


def elbo_terms(logits, x, mu, logvar):
    recon = F.binary_cross_entropy_with_logits(logits, x)
    kld = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())  # PLANTED
    return recon, kld


def run_epoch(model, loader, device, optimizer=None, beta=1.0):
    training = optimizer is not None
    model.train(training)
    totals = torch.zeros(2, device=device)
    with torch.set_grad_enabled(training):
        for x, _ in loader:
            x = x.to(device)
            logits, mu, logvar = model(x)
            recon, kld = elbo_terms(logits, x, mu, logvar)
            if training:
                optimizer.zero_grad()
                (recon + beta * kld).backward()
                optimizer.step()
            totals += torch.stack([recon.detach(), kld.detach()])
    recon_avg, kld_avg = (totals / len(loader)).tolist()
    return recon_avg, kld_avg


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--epochs", type=int, default=20)
    ap.add_argument("--batch-size", type=int, default=128)
    ap.add_argument("--lr", type=float, default=1e-3)
    ap.add_argument("--z-dim", type=int, default=32)
    ap.add_argument("--beta", type=float, default=1.0)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--out", type=Path, default=Path("results"))
    args = ap.parse_args()

    torch.manual_seed(args.seed)
    args.out.mkdir(parents=True, exist_ok=True)
    device = "cuda" if torch.cuda.is_available() else "cpu"

    tf = transforms.ToTensor()
    train = datasets.FashionMNIST("data", train=True, download=True, transform=tf)
    test = datasets.FashionMNIST("data", train=False, download=True, transform=tf)
    train_loader = DataLoader(train, args.batch_size, shuffle=True, num_workers=2)
    test_loader = DataLoader(test, args.batch_size, shuffle=False, num_workers=2)

    model = ConvVAE(args.z_dim).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
    fixed_z = torch.randn(64, args.z_dim, device=device)

    for epoch in range(1, args.epochs + 1):
        tr_recon, tr_kld = run_epoch(model, train_loader, device, optimizer, args.beta)
        te_recon, te_kld = run_epoch(model, test_loader, device)
        print(f"[{epoch:03d}] train recon={tr_recon:.4f} kl={tr_kld:.4f} | "
              f"test recon={te_recon:.4f} kl={te_kld:.4f}")
        with torch.no_grad():
            samples = torch.sigmoid(model.decode(fixed_z)).cpu()
        save_image(samples, args.out / f"sample_{epoch:03d}.png", nrow=8)

    torch.save(model.state_dict(), args.out / "vae.pt")


if __name__ == "__main__":
    main()
