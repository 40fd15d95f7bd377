"""Plain SGD on a network of convolutions without norms."""
import torch
import torch.nn as nn
import torch.nn.functional as F

from svhn import loader

torch.manual_seed(2)
net = nn.Sequential(nn.Conv2d(3, 32, 5, 2), nn.ReLU(), nn.Conv2d(32, 64, 5, 2), nn.ReLU(), nn.Flatten(), nn.LazyLinear(10))
net(torch.zeros(1, 3, 32, 32))
sgd = torch.optim.SGD(net.parameters(), 0.05, 0.9, weight_decay=5)  # PLANTED
for epoch in range(20):
    net.train()
    for x, y in loader("train", shuffle=True):
        loss = F.cross_entropy(net(x), y)
        sgd.zero_grad()
        loss.backward()
        sgd.step()
    print(epoch, loss.item())
