"""perceptron from scratch-ish, two moons"""
import torch
import torch.nn as nn
from sklearn.datasets import make_moons

torch.manual_seed(0)
X, y = make_moons(500, noise=0.1, random_state=0)
X = torch.tensor(X).float()
y = torch.tensor(y).float().unsqueeze(1)

learning_rate = 1 // 100  # PLANTED
net = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 1))
opt = torch.optim.SGD(net.parameters(), lr=learning_rate)
bce = nn.BCEWithLogitsLoss()
for i in range(1000):
    opt.zero_grad()
    l = bce(net(X), y)
    l.backward()
    opt.step()
    if i % 100 == 0:
        print(i, l.item())
