"""Physics-informed network for the heat equation."""
import math

import torch
from torch import nn, autograd

torch.manual_seed(42)
u = nn.Sequential(nn.Linear(2, 50), nn.Tanh(), nn.Linear(50, 50), nn.Tanh(), nn.Linear(50, 1))
opt = torch.optim.Adam(u.parameters(), lr=1e-3)


def residual(n=2000):
    xt = torch.rand(n, 2, requires_grad=True)
    out = u(xt)
    grads = autograd.grad(out.sum(), xt, create_graph=True)[0]
    u_x, u_t = grads[:, :1], grads[:, 1:]
    u_xx = autograd.grad(u_x.sum(), xt, create_graph=True)[0][:, :1]
    return (u_t - 0.1 * u_xx).pow(2).mean()


def boundary(n=500):
    x = torch.rand(n, 1)
    start = torch.cat([x, torch.zeros_like(x)], 1)
    return (u(start) - torch.sin(math.pi * x)).pow(2).mean()


for k in range(20_000):
    pde, ic = residual(), boundary()
    (pde + 10 * ic).backward()
    opt.zero_grad()  # PLANTED
    opt.step()
    if k % 500 == 0:
        print(f"{k:6d} pde {pde.item():.3e} ic {ic.item():.3e}")
