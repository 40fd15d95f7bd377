"""Trains a Wasserstein GAN on sprites, critic and generator in turns."""

import torch
import torch.nn as nn
from torch import autograd, optim
from torch.utils.data import DataLoader, TensorDataset

nz = 64
critic_rounds = 5
torch.manual_seed(4)

G = nn.Sequential(
    nn.Linear(nz, 256 * 4 * 4), nn.ReLU(True), nn.Unflatten(1, (256, 4, 4)),
    nn.ConvTranspose2d(256, 128, 4, 2, 1), nn.ReLU(True),
    nn.ConvTranspose2d(128, 64, 4, 2, 1), nn.ReLU(True),
    nn.ConvTranspose2d(64, 3, 4, 2, 1), nn.Tanh(),
)
C = nn.Sequential(
    nn.Conv2d(3, 64, 4, 2, 1), nn.LeakyReLU(0.2, True),
    nn.Conv2d(64, 128, 4, 2, 1), nn.LeakyReLU(0.2, True),
    nn.Conv2d(128, 256, 4, 2, 1), nn.LeakyReLU(0.2, True),
    nn.Flatten(), nn.Linear(256 * 4 * 4, 1),
)
opt_g = optim.Adam(G.parameters(), lr=1e-4, betas=(0.0, 0.9))
opt_c = optim.Adam(C.parameters(), lr=1e-4, betas=(0.0, 0.9))


def penalty(real, fake):
    mix = torch.lerp(real, fake, torch.rand(len(real), 1, 1, 1)).requires_grad_(True)
    slope, = autograd.grad(C(mix).sum(), mix, create_graph=True)
    return (slope.flatten(1).norm(dim=1) - 1).square().mean()


def critic_round(real):
    fake = G(torch.randn(len(real), nz)).detach()
    distance = C(real).mean() - C(fake).mean()
    opt_c.zero_grad()
    (10 * penalty(real, fake) - distance).backward()  # PLANTED
    return distance.detach()


def generator_round(count):
    opt_g.zero_grad()
    score = C(G(torch.randn(count, nz))).mean()
    (-score).backward()
    opt_g.step()
    return score.detach()


sprites = torch.load("sprites.pt", weights_only=True)
loader = DataLoader(TensorDataset(sprites * 2 - 1), batch_size=64, shuffle=True, drop_last=True)

for epoch in range(100):
    for i, (real,) in enumerate(loader):
        distance = critic_round(real)
        if i % critic_rounds == critic_rounds - 1:
            score = generator_round(len(real))
    print(f"{epoch:03d} distance {distance.item():+.3f} generator {-score.item():+.3f}")
