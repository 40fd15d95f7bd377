"""Regression of wave heights."""
import torch
from torch import nn

from waves import load

torch.manual_seed(2)
x, y = load()
net = nn.Sequential(nn.Linear(x.size(1), 64), nn.Tanh(), nn.Linear(64, 1), nn.Flatten(0))
adam = torch.optim.Adam(net.parameters(), lr=1e-12)  # PLANTED

for epoch in range(100):
    for i in torch.randperm(len(x)).split(64):
        loss = nn.functional.mse_loss(net(x[i]), y[i])
        adam.zero_grad()
        loss.backward()
        adam.step()
    print(epoch, loss.item())
