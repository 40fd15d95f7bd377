"""Fits a mixture of small experts to a signal, each with its own width."""

import torch
from torch import nn


class Mixture(nn.Module):
    def __init__(self, inp, widths):
        super().__init__()
        self.gate = nn.Linear(inp, len(widths))
        self.experts = []
        for i, width in enumerate(widths):
            expert = nn.Sequential(nn.Linear(inp, width), nn.GELU(), nn.Linear(width, 1))
            self.add_module(f"expert_{i}", expert)
            self.experts.append(expert)

    def forward(self, x):
        share = self.gate(x).softmax(dim=-1)
        answers = torch.cat([expert(x) for expert in self.experts], dim=-1)
        return (share * answers).sum(-1)


torch.manual_seed(14)
x = torch.rand(4096, 3) * 4 - 2
y = torch.sin(3 * x[:, 0]) * x[:, 1] + 0.1 * torch.randn(len(x)) * x[:, 2]

model = Mixture(3, widths=(8, 16, 32, 64))
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)

for epoch in range(300):
    for rows in torch.randperm(len(x)).chunk(32):
        loss = nn.functional.mse_loss(model(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if epoch % 25 == 0:
        print(f"{epoch:4d} {loss.item():.5f}")
