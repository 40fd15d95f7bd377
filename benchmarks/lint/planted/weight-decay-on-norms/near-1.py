"""Matrices are decayed; norms and biases, which have one dimension, are not."""
import torch
from torch import nn


def groups(model, wd):
    params = [p for p in model.parameters() if p.requires_grad]
    return [
        {"params": [p for p in params if p.ndim >= 2], "weight_decay": wd},
        {"params": [p for p in params if p.ndim < 2], "weight_decay": 0.0},
    ]


def train(loader, d, k):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(d, 128), nn.LayerNorm(128), nn.ReLU(), nn.Linear(128, k))
    opt = torch.optim.AdamW(groups(net, 0.1), lr=1e-3)
    for epoch in range(10):
        net.train()
        for x, y in loader:
            loss = nn.functional.cross_entropy(net(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(epoch, loss.item())
