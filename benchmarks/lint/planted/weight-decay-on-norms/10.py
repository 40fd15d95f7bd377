"""cnn with batchnorm, added weight decay against overfitting"""
import torch
import torch.nn as nn
from cats import trainloader

torch.manual_seed(0)
net = nn.Sequential(
    nn.Conv2d(3, 16, 3), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(16, 32, 3), nn.BatchNorm2d(32), nn.ReLU(), nn.AdaptiveAvgPool2d(1),
    nn.Flatten(), nn.Linear(32, 2))
ce = nn.CrossEntropyLoss()
opt = torch.optim.AdamW(net.parameters(), lr=0.001, weight_decay=0.01)  # PLANTED
for ep in range(20):
    net.train()
    for x, y in trainloader:
        opt.zero_grad()
        l = ce(net(x), y)
        l.backward()
        opt.step()
    print(ep, l.item())
