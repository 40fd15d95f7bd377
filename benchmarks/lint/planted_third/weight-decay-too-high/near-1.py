"""Trains a Hopfield-like memory of patterns with decoupled decay written out by hand."""

import torch
from torch import nn

torch.manual_seed(38)
RATE, DECAY = 2e-3, 0.1

patterns = torch.randn(500, 128).sign()
memory = nn.Sequential(nn.Linear(128, 512), nn.ReLU(), nn.Linear(512, 128))
matrices = [p for p in memory.parameters() if p.ndim == 2]
adam = torch.optim.Adam(memory.parameters(), lr=RATE)

for epoch in range(200):
    for rows in torch.randperm(len(patterns)).split(50):
        whole = patterns[rows]
        flipped = whole * torch.where(torch.rand_like(whole) < 0.2, -1.0, 1.0)
        loss = nn.functional.soft_margin_loss(memory(flipped), whole)
        adam.zero_grad()
        loss.backward()
        adam.step()
        with torch.no_grad():
            for matrix in matrices:
                matrix.mul_(1 - RATE * DECAY)  # AdamW, Loshchilov & Hutter 2019, arXiv:1711.05101
    if epoch % 20 == 0:
        print(f"{epoch} {loss.item():.4f}")
