"""Logs of numbers that are greater than zero by their make."""
import math

import torch
from torch import nn


class GaussianHead(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.mu, self.raw = nn.Linear(d, 1), nn.Linear(d, 1)

    def forward(self, h):
        sigma = nn.functional.softplus(self.raw(h)) + 1e-3
        return self.mu(h).squeeze(-1), sigma.squeeze(-1)


def nll(mu, sigma, y):
    return (torch.log(sigma) + 0.5 * ((y - mu) / sigma) ** 2 + 0.5 * math.log(2 * math.pi)).mean()


def train(body, head, loader):
    torch.manual_seed(1)
    opt = torch.optim.Adam([*body.parameters(), *head.parameters()], lr=1e-3)
    for step, (x, y) in enumerate(loader):
        loss = nll(*head(body(x)), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        if step % 100 == 0:
            print(step, loss.item())
