"""Fits a physics-informed network to a damped oscillator, in batches cut from a fresh order."""

import torch
from torch import nn

torch.manual_seed(71)
DAMPING, STIFFNESS = 0.4, 9.0

times = torch.linspace(0, 10, 2001)[:, None]
seen = times[:400:20]
wave = (STIFFNESS - DAMPING**2 / 4) ** 0.5
truth = torch.exp(-DAMPING * seen / 2) * torch.cos(wave * seen)

net = nn.Sequential(nn.Linear(1, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 1))
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)


def derivative(y, t):
    return torch.autograd.grad(y.sum(), t, create_graph=True)[0]


for epoch in range(2000):
    order = torch.randperm(len(times))
    shuffled = times[order]
    for start in range(0, len(shuffled), 256):
        t = shuffled[start : start + 256].clone().requires_grad_(True)
        y = net(t)
        dy = derivative(y, t)
        residual = derivative(dy, t) + DAMPING * dy + STIFFNESS * y
        loss = nn.functional.mse_loss(net(seen), truth) + 1e-3 * residual.square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if epoch % 100 == 0:
        print(f"{epoch} {loss.item():.3e}")
