"""A variational autoencoder whose two terms are summed over pixels and latents, per image."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader
from torchvision.datasets import MNIST
from torchvision.transforms import ToTensor


class VAE(nn.Module):
    def __init__(self, latent=20):
        super().__init__()
        self.enc = nn.Sequential(nn.Flatten(), nn.Linear(784, 400), nn.ReLU())
        self.mu, self.logvar = nn.Linear(400, latent), nn.Linear(400, latent)
        self.dec = nn.Sequential(nn.Linear(latent, 400), nn.ReLU(), nn.Linear(400, 784))

    def forward(self, x):
        h = self.enc(x)
        mu, logvar = self.mu(h), self.logvar(h)
        z = mu + torch.randn_like(mu) * (0.5 * logvar).exp()
        return self.dec(z), mu, logvar


def negative_elbo(logits, x, mu, logvar):
    recon = F.binary_cross_entropy_with_logits(logits, x.flatten(1), reduction="sum")
    kl = -0.5 * (1 + logvar - mu.pow(2) - logvar.exp()).sum()
    return (recon + kl) / x.size(0)


torch.manual_seed(42)
loader = DataLoader(MNIST(".", download=True, transform=ToTensor()), 128, shuffle=True)
vae = VAE()
optimizer = torch.optim.Adam(vae.parameters(), lr=1e-3)
for epoch in range(20):
    total = torch.zeros(())
    for x, _ in loader:
        optimizer.zero_grad()
        logits, mu, logvar = vae(x)
        loss = negative_elbo(logits, x, mu, logvar)
        loss.backward()
        optimizer.step()
        total += loss.detach()
    print(f"epoch {epoch} -ELBO {total.item() / len(loader):.2f}")
