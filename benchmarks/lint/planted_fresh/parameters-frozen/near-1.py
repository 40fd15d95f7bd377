"""A GAN for digits in which the critic takes no gradients while the generator has its turn."""

from contextlib import contextmanager

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader
from torchvision.datasets import MNIST
from torchvision.transforms import ToTensor


@contextmanager
def at_rest(module: nn.Module):
    module.requires_grad_(False)
    try:
        yield module
    finally:
        module.requires_grad_(True)


torch.manual_seed(6)
G = nn.Sequential(nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 784), nn.Sigmoid())
D = nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.LeakyReLU(0.2), nn.Linear(256, 1))
g_opt = torch.optim.Adam(G.parameters(), lr=2e-4, betas=(0.5, 0.999))
d_opt = torch.optim.Adam(D.parameters(), lr=2e-4, betas=(0.5, 0.999))
loader = DataLoader(MNIST(".", download=True, transform=ToTensor()), 128, shuffle=True)

for epoch in range(50):
    for x, _ in loader:
        fake = G(torch.randn(len(x), 64))
        d_loss = F.softplus(-D(x)).mean() + F.softplus(D(fake.detach())).mean()
        d_opt.zero_grad()
        d_loss.backward()
        d_opt.step()

        with at_rest(D):
            g_loss = F.softplus(-D(fake)).mean()
            g_opt.zero_grad()
            g_loss.backward()
            g_opt.step()
    print(f"epoch {epoch} D {d_loss.item():.3f} G {g_loss.item():.3f}")
