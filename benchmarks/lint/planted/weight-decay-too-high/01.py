"""MLP on tabular data with Adam."""
import torch
import torch.nn as nn

from churn import loader

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(40, 64), nn.ReLU(), nn.Linear(64, 2))
opt = torch.optim.Adam(net.parameters(), lr=1e-3, weight_decay=10.0)  # PLANTED
ce = nn.CrossEntropyLoss()
for epoch in range(30):
    net.train()
    for x, y in loader:
        opt.zero_grad()
        loss = ce(net(x), y)
        loss.backward()
        opt.step()
    print(epoch, loss.item())
