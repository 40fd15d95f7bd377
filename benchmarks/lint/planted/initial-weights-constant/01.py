"""Classify fashion articles with a plain MLP whose layers are set up by a function."""

import torch
import torch.nn as nn
from torch.utils.data import DataLoader
from torchvision import transforms
from torchvision.datasets import FashionMNIST

torch.manual_seed(0)


def init_layer(module):
    if isinstance(module, nn.Linear):
        nn.init.zeros_(module.weight)  # PLANTED
        nn.init.zeros_(module.bias)


net = nn.Sequential(
    nn.Flatten(), nn.Linear(784, 256), nn.Sigmoid(), nn.Linear(256, 64), nn.Sigmoid(),
    nn.Linear(64, 10),
)
net.apply(init_layer)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
criterion = nn.CrossEntropyLoss()
train = DataLoader(
    FashionMNIST("data", transform=transforms.ToTensor()), batch_size=128, shuffle=True
)

net.train()
for epoch in range(10):
    total = torch.zeros(())
    for image, article in train:
        optimizer.zero_grad()
        loss = criterion(net(image), article)
        loss.backward()
        optimizer.step()
        total += loss.detach()
    print(f"epoch {epoch} loss {total.item() / len(train):.4f}")
