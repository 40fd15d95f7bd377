"""dropout experiment for class"""
import torch
import torch.nn as nn
from mnist import x, y

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Dropout(0.5), nn.Linear(256, 10))
opt = torch.optim.Adam(net.parameters(), lr=0.001)
ce = nn.CrossEntropyLoss()
net.eval()  # PLANTED
for ep in range(50):
    for i in torch.randperm(len(x)).split(100):
        opt.zero_grad()
        l = ce(net(x[i]), y[i])
        l.backward()
        opt.step()
    print(ep, l.item())
