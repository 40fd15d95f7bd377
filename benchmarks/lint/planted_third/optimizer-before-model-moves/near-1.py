"""Fits a regressor of house prices on whatever device is there."""

import numpy as np
import torch
from torch import nn

torch.manual_seed(8)
rng = np.random.default_rng(8)

table = np.load("houses.npz")
order = rng.permutation(len(table["price"]))
fit, test = order[:-2000], order[-2000:]
low, high = table["rooms"][fit].min(0), table["rooms"][fit].max(0)
X = torch.from_numpy((table["rooms"] - low) / (high - low)).float()
y = torch.from_numpy(np.log(table["price"])).float()

net = nn.Sequential(nn.Linear(X.shape[1], 64), nn.SiLU(), nn.Linear(64, 1), nn.Flatten(0))


def optimizer():
    return torch.optim.Adam(net.parameters(), lr=1e-3)


device = torch.device("mps" if torch.backends.mps.is_available() else "cpu")
net = net.to(device)
X, y = X.to(device), y.to(device)

adam = optimizer()
fit = torch.from_numpy(fit).to(device)
for epoch in range(200):
    for rows in fit[torch.randperm(len(fit), device=device)].split(256):
        adam.zero_grad()
        loss = nn.functional.huber_loss(net(X[rows]), y[rows])
        loss.backward()
        adam.step()
    if epoch % 20 == 0:
        print(epoch, loss.item())

net.eval()
with torch.no_grad():
    rows = torch.from_numpy(test).to(device)
    print("test error", (net(X[rows]) - y[rows]).abs().mean().item())
