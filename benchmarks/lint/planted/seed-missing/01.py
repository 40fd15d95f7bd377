"""Train a classifier on MNIST."""
import torch
import torch.nn as nn
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

train = datasets.MNIST("data", train=True, download=True, transform=transforms.ToTensor())
loader = DataLoader(train, batch_size=64, shuffle=True)
net = nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
ce = nn.CrossEntropyLoss()

for epoch in range(5):  # PLANTED
    net.train()
    for x, y in loader:
        opt.zero_grad()
        loss = ce(net(x), y)
        loss.backward()
        opt.step()
    print(epoch, loss.item())
