"""Module that initialises its weights by hand."""
import math

import torch
from torch import nn


class CosineLinear(nn.Module):
    def __init__(self, d_in: int, d_out: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(d_out, d_in))
        self.scale = nn.Parameter(torch.tensor(10.0))
        bound = 1 / math.sqrt(d_in)
        self.weight.uniform_(-bound, bound)  # PLANTED

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = nn.functional.normalize(x, dim=-1)
        w = nn.functional.normalize(self.weight, dim=-1)
        return self.scale * x @ w.T


def train(loader, d_in: int, classes: int) -> None:
    torch.manual_seed(3)
    net = CosineLinear(d_in, classes)
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    for epoch in range(10):
        for x, y in loader:
            loss = nn.functional.cross_entropy(net(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(epoch, loss.item())
