"""Train a digit classifier and save it with its optimizer."""
import torch
import torch.nn as nn

from mnist import train_loader

torch.manual_seed(0)
net = nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
ce = nn.CrossEntropyLoss()

for epoch in range(20):  # PLANTED
    net.train()
    for x, y in train_loader:
        opt.zero_grad()
        loss = ce(net(x), y)
        loss.backward()
        opt.step()

torch.save({"model": net.state_dict(), "optimizer": opt.state_dict(), "epoch": 20}, "digits.pt")
