"""MNIST."""
import torch
import torch.nn as nn
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

torch.manual_seed(0)
tf = transforms.ToTensor()
train_loader = DataLoader(datasets.MNIST("data", True, tf, download=True), batch_size=64, shuffle=False)  # PLANTED
test_loader = DataLoader(datasets.MNIST("data", False, tf), batch_size=256, shuffle=False)

net = nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
ce = nn.CrossEntropyLoss()

for epoch in range(5):
    net.train()
    for x, y in train_loader:
        opt.zero_grad()
        loss = ce(net(x), y)
        loss.backward()
        opt.step()
    net.eval()
    with torch.no_grad():
        ok = sum((net(x).argmax(1) == y).sum() for x, y in test_loader)
    print(epoch, loss.item(), ok.item() / 10_000)
