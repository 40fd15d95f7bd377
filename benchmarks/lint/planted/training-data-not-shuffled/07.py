"""Classify rows of an npz file."""
import numpy as np
import torch
from torch import nn

torch.manual_seed(7)
bundle = np.load("sorted_by_class.npz")
X = torch.from_numpy(bundle["x"]).float()
y = torch.from_numpy(bundle["y"]).long()
net = nn.Sequential(nn.Linear(X.shape[1], 100), nn.ReLU(), nn.Linear(100, int(y.max()) + 1))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
B = 50

for epoch in range(30):
    for i in range(0, len(X), B):  # PLANTED
        xb, yb = X[i : i + B], y[i : i + B]
        loss = nn.functional.cross_entropy(net(xb), yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
