"""Train an ensemble whose members share a loss on the mean of their chances."""

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(5)
x = torch.load("gestures_x.pt", weights_only=True)
y = torch.load("gestures_y.pt", weights_only=True)
loader = DataLoader(TensorDataset(x, y), batch_size=256, shuffle=True)


def member():
    return nn.Sequential(nn.Linear(x.size(1), 128), nn.ReLU(), nn.Linear(128, 12))


members = nn.ModuleList([member() for _ in range(5)])
opt = torch.optim.Adam(members.parameters(), lr=1e-3)
for epoch in range(60):
    total = torch.zeros(())
    for xb, yb in loader:
        mixture = torch.stack([m(xb).softmax(dim=1) for m in members]).mean(dim=0)
        loss = nn.functional.nll_loss(mixture.clamp_min(1e-12).log(), yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
        total += loss.detach()
    print(f"epoch {epoch} nll {total.item() / len(loader):.4f}")
