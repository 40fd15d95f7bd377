"""Trains a garment classifier with early stopping and looks at the test set once, at the end."""

import copy

import torch
from torch import nn
from torch.utils.data import DataLoader, random_split
from torchvision import datasets, transforms

torch.manual_seed(58)
as_tensor = transforms.ToTensor()
known = datasets.FashionMNIST("fashion", train=True, transform=as_tensor, download=True)
test_data = datasets.FashionMNIST("fashion", train=False, transform=as_tensor, download=True)
train_data, held_out = random_split(known, [54_000, 6_000])
loaders = {
    "train": DataLoader(train_data, batch_size=128, shuffle=True),
    "held out": DataLoader(held_out, batch_size=1000),
    "test": DataLoader(test_data, batch_size=1000),
}
net = nn.Sequential(
    nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Dropout(0.3), nn.Linear(1600, 10),
)
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)


@torch.no_grad()
def accuracy(name):
    net.eval()
    return torch.cat([net(x).argmax(1) == y for x, y in loaders[name]]).float().mean().item()


best, best_weights, waited = 0.0, copy.deepcopy(net.state_dict()), 0
while waited < 5:
    net.train()
    for x, y in loaders["train"]:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
    now = accuracy("held out")
    print(f"loss {loss.item():.4f} held out {now:.4f}")
    if now > best:
        best, best_weights, waited = now, copy.deepcopy(net.state_dict()), 0
    else:
        waited += 1

net.load_state_dict(best_weights)
test_accuracy = accuracy("test")
print(f"test {test_accuracy:.4f}")
