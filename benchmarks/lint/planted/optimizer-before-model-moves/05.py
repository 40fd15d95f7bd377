"""Fit a surface in double precision."""
import torch
from torch import nn
import torch.nn.functional as F


def build(width=64):
    net = nn.Sequential(nn.Linear(3, width), nn.Tanh(), nn.Linear(width, 1))
    opt = torch.optim.LBFGS(net.parameters(), lr=0.1, max_iter=20)  # PLANTED
    net = net.to(device="cuda", dtype=torch.float64)
    return net, opt


def fit(points, values, steps=200):
    torch.manual_seed(6)
    net, opt = build()
    points, values = points.double().cuda(), values.double().cuda()

    def closure():
        opt.zero_grad()
        loss = F.mse_loss(net(points).squeeze(-1), values)
        loss.backward()
        return loss

    for step in range(steps):
        loss = opt.step(closure)
        if step % 10 == 0:
            print(step, loss.item())
    return net
