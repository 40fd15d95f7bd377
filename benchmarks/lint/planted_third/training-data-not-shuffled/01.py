"""Fits a network to measurements of wine, class by class as the laboratory delivered them."""

import numpy as np
import torch
from torch import nn

torch.manual_seed(15)
np.random.seed(15)

# wine.npz holds arrays barolo, grignolino, barbera of shape (n, 13)
archive = np.load("wine.npz")
x = torch.from_numpy(np.concatenate([archive[name] for name in archive.files])).float()
y = torch.cat([torch.full((len(archive[name]),), i) for i, name in enumerate(archive.files)])

held = torch.from_numpy(np.random.permutation(len(x))[:30])
keep = torch.ones(len(x), dtype=torch.bool)
keep[held] = False
mean, std = x[keep].mean(0), x[keep].std(0)
x = (x - mean) / std

net = nn.Sequential(nn.Linear(13, 32), nn.ReLU(), nn.Linear(32, 3))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9)

for epoch in range(100):
    net.train()
    for xs, ys in zip(x[keep].split(16), y[keep].split(16)):  # PLANTED
        optimizer.zero_grad()
        loss = criterion(net(xs), ys)
        loss.backward()
        optimizer.step()
    if epoch % 10 == 0:
        net.eval()
        with torch.no_grad():
            right = (net(x[held]).argmax(1) == y[held]).float().mean()
        print(f"epoch {epoch} loss {loss.item():.3f} right {right.item():.3f}")
