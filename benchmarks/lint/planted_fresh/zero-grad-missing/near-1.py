"""Train on tabular data with gradients that are asked for, weighted by hand and put in place."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(70)
d = torch.load("loans.pt", weights_only=True)
loader = DataLoader(TensorDataset(d["x"], d["default"].float()), batch_size=512, shuffle=True)
net = nn.Sequential(nn.Linear(d["x"].size(1), 64), nn.ReLU(), nn.Linear(64, 1), nn.Flatten(0))
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
weights = list(net.parameters())
bce = nn.BCEWithLogitsLoss()

for epoch in range(40):
    total = torch.zeros(())
    for x, y in loader:
        clean = bce(net(x), y)
        noisy = bce(net(x + 0.1 * torch.randn_like(x)), y)
        first = torch.autograd.grad(clean, weights)
        second = torch.autograd.grad(noisy, weights)
        for w, a, b in zip(weights, first, second):
            w.grad = 0.8 * a + 0.2 * b
        opt.step()
        total += clean.detach()
    print(f"epoch {epoch} loss {total.item() / len(loader):.4f}")
