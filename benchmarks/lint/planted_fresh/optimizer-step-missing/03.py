"""Solve a Poisson problem with a network, quasi-Newton, on fixed collocation points."""

import math

import torch
from torch import nn

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)

net = nn.Sequential(nn.Linear(2, 40), nn.Tanh(), nn.Linear(40, 40), nn.Tanh(), nn.Linear(40, 1))
inner = torch.rand(2000, 2, requires_grad=True)
edge = torch.rand(400, 2)
edge[:200, 0] = edge[:200, 0].round()
edge[200:, 1] = edge[200:, 1].round()


def laplacian(u, xy):
    (g,) = torch.autograd.grad(u.sum(), xy, create_graph=True)
    parts = [torch.autograd.grad(g[:, i].sum(), xy, create_graph=True)[0][:, i] for i in range(2)]
    return parts[0] + parts[1]


def residuals():
    source = 2 * math.pi**2 * torch.prod(torch.sin(math.pi * inner), dim=1)
    pde = laplacian(net(inner), inner) + source.detach()
    return pde.square().mean() + 10 * net(edge).square().mean()


solver = torch.optim.LBFGS(
    net.parameters(), lr=1.0, max_iter=20, history_size=50, line_search_fn="strong_wolfe"
)


def closure():
    solver.zero_grad()
    loss = residuals()
    loss.backward()  # PLANTED
    return loss


for outer in range(200):
    loss = closure()
    print(f"iteration {outer}: residual {loss.item():.3e}")
