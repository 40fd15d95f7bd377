"""Train on Fashion-MNIST, choose the epoch on held-out training pictures, then test once."""

import copy

import torch
from torch import nn
from torch.utils.data import DataLoader, random_split
from torchvision.datasets import FashionMNIST
from torchvision.transforms import ToTensor

torch.manual_seed(33)
full = FashionMNIST("data", train=True, transform=ToTensor(), download=True)
test = FashionMNIST("data", train=False, transform=ToTensor(), download=True)
train, val = random_split(full, [55_000, 5_000], torch.Generator().manual_seed(33))

net = nn.Sequential(
    nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(),
    nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(0.4), nn.Linear(1600, 10),
)
opt = torch.optim.Adam(net.parameters(), lr=1e-3)


def accuracy(data):
    net.eval()
    with torch.no_grad():
        right = sum((net(x).argmax(1) == y).sum() for x, y in DataLoader(data, 1000))
    net.train()
    return right.item() / len(data)


best, kept = 0.0, copy.deepcopy(net.state_dict())
for epoch in range(20):
    for x, y in DataLoader(train, batch_size=128, shuffle=True):
        opt.zero_grad()
        loss = nn.functional.cross_entropy(net(x), y)
        loss.backward()
        opt.step()
    score = accuracy(val)
    print(f"epoch {epoch} loss {loss.item():.3f} val {score:.4f}")
    if score > best:
        best, kept = score, copy.deepcopy(net.state_dict())

net.load_state_dict(kept)
print(f"test accuracy of the chosen epoch: {accuracy(test):.4f}")
