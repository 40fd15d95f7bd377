"""Homework 3: linear regression with autograd."""
import torch
from torch import nn
import matplotlib.pyplot as plt

torch.manual_seed(0)
X = torch.linspace(-1, 1, 200).reshape(-1, 1)
Y = 3 * X + 0.5 + 0.1 * torch.randn(200, 1)

lin = nn.Linear(1, 1)
sgd = torch.optim.SGD(lin.parameters(), lr=0.01)
mse = nn.MSELoss()
hist = []

for it in range(500):
    yhat = lin(X)
    l = mse(yhat, Y)
    l.backward()  # PLANTED
    sgd.step()
    hist.append(l.detach())
    if it % 50 == 0:
        print(it, l.item())

plt.plot(hist)
plt.savefig("loss.png")
