"""GAN discriminator with logits loss on 2-D toy data."""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(1)


def ring(n):
    angle = torch.randint(0, 8, (n,)) * (2 * math.pi / 8)
    return torch.stack([angle.cos(), angle.sin()], 1) + 0.02 * torch.randn(n, 2)


G = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 2))
D = nn.Sequential(nn.Linear(2, 64), nn.ReLU(), nn.Linear(64, 1))
og = torch.optim.Adam(G.parameters(), 1e-3, (0.5, 0.999))
od = torch.optim.Adam(D.parameters(), 1e-3, (0.5, 0.999))


def score(x):
    return F.sigmoid(D(x))  # PLANTED


for step in range(20000):
    real, fake = ring(256), G(torch.randn(256, 8))
    od.zero_grad()
    r, f = score(real), score(fake.detach())
    ld = F.binary_cross_entropy_with_logits(r, torch.ones_like(r)) + \
        F.binary_cross_entropy_with_logits(f, torch.zeros_like(f))
    ld.backward()
    od.step()

    og.zero_grad()
    f = score(fake)
    lg = F.binary_cross_entropy_with_logits(f, torch.ones_like(f))
    lg.backward()
    og.step()
    if step % 1000 == 0:
        print(step, ld.item(), lg.item())
