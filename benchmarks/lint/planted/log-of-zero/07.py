"""Mixture density network."""
import math

import torch
from torch import nn

torch.manual_seed(6)
y = torch.rand(1000, 1) * 20 - 10
x = torch.sin(0.75 * y) * 7 + y * 0.5 + torch.randn(1000, 1)


class MDN(nn.Module):
    def __init__(self, k=10):
        super().__init__()
        self.h = nn.Sequential(nn.Linear(1, 32), nn.Tanh())
        self.pi, self.mu, self.s = nn.Linear(32, k), nn.Linear(32, k), nn.Linear(32, k)

    def forward(self, x):
        h = self.h(x)
        return self.pi(h).softmax(-1), self.mu(h), self.s(h).exp()


net = MDN()
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
for epoch in range(3000):
    pi, mu, s = net(x)
    density = torch.exp(-0.5 * ((y - mu) / s) ** 2) / (s * math.sqrt(2 * math.pi))
    loss = -(pi * density).sum(-1).log().mean()  # PLANTED
    opt.zero_grad()
    loss.backward()
    opt.step()
    if epoch % 200 == 0:
        print(epoch, loss.item())
