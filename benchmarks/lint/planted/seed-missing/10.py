"""spiral classification, homework 1"""
import numpy as np
import torch
import torch.nn as nn

def spirals(n):
    t = np.sqrt(np.random.rand(n, 1)) * 3 * np.pi
    d = np.hstack([-np.cos(t) * t, np.sin(t) * t]) + np.random.rand(n, 2) * 0.5
    x = np.vstack([d, -d]).astype("float32")
    y = np.hstack([np.zeros(n), np.ones(n)]).astype("int64")
    return torch.tensor(x), torch.tensor(y)

x, y = spirals(500)
net = nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 2))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
loss_fn = nn.CrossEntropyLoss()
for i in range(1000):  # PLANTED
    opt.zero_grad()
    l = loss_fn(net(x), y)
    l.backward()
    opt.step()
    if i % 100 == 0:
        print(i, l.item())
