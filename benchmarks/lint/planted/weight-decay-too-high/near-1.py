"""Usual decays: 0.1 for matrices under AdamW, 5e-4 for a probe under SGD."""
import torch
from torch import nn


def train(body, probe, loader):
    torch.manual_seed(0)
    matrices = [p for p in body.parameters() if p.ndim > 1]
    rest = [p for p in body.parameters() if p.ndim <= 1]
    opt = torch.optim.AdamW([{"params": matrices, "weight_decay": 0.1}, {"params": rest, "weight_decay": 0.0}], lr=3e-4)
    side = torch.optim.SGD(probe.parameters(), lr=0.1, weight_decay=5e-4)
    body.train()
    for step, (x, y) in enumerate(loader):
        z = body(x)
        loss = z.pow(2).mean() + nn.functional.cross_entropy(probe(z), y)
        opt.zero_grad()
        side.zero_grad()
        loss.backward()
        opt.step()
        side.step()
        if step % 100 == 0:
            print(step, loss.item())
