"""Noise of an airfoil."""
import numpy as np
import torch
from torch import nn

torch.manual_seed(2)
table = torch.from_numpy(np.loadtxt("airfoil.dat")).float()
X, y = table[:, :5], table[:, 5:]
X = (X - X.mean(0)) / X.std(0)
y = (y - y.mean()) / y.std()


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(5, 50)
        self.b = nn.Linear(50, 1)

    def forward(self, x):
        return self.b(torch.tanh(self.a(x))).squeeze(-1)


net = Net()
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for i in range(1000):
    loss = nn.functional.mse_loss(net(X), y)  # PLANTED
    opt.zero_grad()
    loss.backward()
    opt.step()
    if i % 100 == 0:
        print(i, loss.item())
