"""Looks for a learning rate and a width for a classifier of digits, then reports its accuracy."""

import itertools

import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

to_tensor = transforms.ToTensor()
train_set = datasets.MNIST("mnist", train=True, transform=to_tensor, download=True)
test_set = datasets.MNIST("mnist", train=False, transform=to_tensor, download=True)


def accuracy(net, data):
    net.eval()
    with torch.no_grad():
        hits = [net(x).argmax(1) == y for x, y in DataLoader(data, batch_size=1000)]
    return torch.cat(hits).float().mean().item()


def trained(width, lr, epochs=5):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Flatten(), nn.Linear(784, width), nn.ReLU(), nn.Dropout(0.2), nn.Linear(width, 10))
    optimizer = torch.optim.Adam(net.parameters(), lr=lr)
    loader = DataLoader(train_set, batch_size=128, shuffle=True)
    for epoch in range(epochs):
        net.train()
        for x, y in loader:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(net(x), y)
            loss.backward()
            optimizer.step()
        print(f"  width {width} lr {lr:g} epoch {epoch} loss {loss.item():.4f}")
    return net


grid = list(itertools.product([64, 256, 1024], [1e-4, 1e-3, 1e-2]))
candidates = {setting: trained(*setting) for setting in grid}
chosen = max(grid, key=lambda setting: accuracy(candidates[setting], test_set))  # PLANTED
print("width and learning rate:", chosen)
print(f"accuracy {accuracy(candidates[chosen], test_set):.2%}")
