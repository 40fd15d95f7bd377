"""Burgers' equation by a physics-informed network: residual, initial and boundary terms."""

import math

import torch
from torch import nn

torch.manual_seed(12)
nu = 0.01 / math.pi

net = nn.Sequential(
    nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(),
    nn.Linear(32, 1),
)
opt = torch.optim.Adam(net.parameters(), lr=1e-3)


def d(out, x):
    return torch.autograd.grad(out.sum(), x, create_graph=True)[0]


def residual(n):
    x = (2 * torch.rand(n, 1) - 1).requires_grad_()
    t = torch.rand(n, 1, requires_grad=True)
    u = net(torch.cat([x, t], 1))
    ux = d(u, x)
    return (d(u, t) + u * ux - nu * d(ux, x)).square().mean()


def initial(n):
    x = 2 * torch.rand(n, 1) - 1
    u = net(torch.cat([x, torch.zeros_like(x)], 1))
    return (u + torch.sin(math.pi * x)).square().mean()


def boundary(n):
    t = torch.rand(n, 1)
    side = torch.randint(0, 2, (n, 1)).float() * 2 - 1
    return net(torch.cat([side, t], 1)).square().mean()


for it in range(20_000):
    terms = [residual(4096), initial(256), boundary(256)]
    opt.zero_grad()
    torch.autograd.backward(terms, retain_graph=True)  # PLANTED
    opt.step()
    if it % 500 == 0:
        print(it, *(f"{t.item():.2e}" for t in terms))
