"""Train a tabular autoencoder that looks for fraud; the rate falls when the error stays."""

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(284)
legit = torch.load("legit_transactions.pt", weights_only=True)
cut = int(0.9 * len(legit))
mean, std = legit[:cut].mean(0), legit[:cut].std(0)
legit = (legit - mean) / std
train = DataLoader(TensorDataset(legit[:cut]), batch_size=512, shuffle=True)
held = legit[cut:]

width = legit.shape[1]
net = nn.Sequential(
    nn.Linear(width, 32), nn.ELU(), nn.Linear(32, 6), nn.ELU(), nn.Linear(6, 32), nn.ELU(),
    nn.Linear(32, width),
)
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
best, bad = float("inf"), 0

for epoch in range(200):
    net.train()
    for (x,) in train:
        loss = nn.functional.mse_loss(net(x), x)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    net.eval()
    with torch.no_grad():
        error = nn.functional.mse_loss(net(held), held).item()
    if error < best:
        best, bad = error, 0
    else:
        bad += 1
    if bad == 3:
        bad = 0
        for group in optimizer.param_groups:
            group["lr"] *= 1e-9  # PLANTED
    print(f"epoch {epoch} held-out {error:.5f} rate {optimizer.param_groups[0]['lr']:.1e}")
