"""Train a digit classifier with a hand-written negative log-likelihood."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

torch.manual_seed(0)
train = datasets.MNIST("data", train=True, download=True, transform=transforms.ToTensor())
loader = DataLoader(train, batch_size=100, shuffle=True)
net = nn.Sequential(nn.Flatten(), nn.Linear(784, 300), nn.ReLU(), nn.Linear(300, 10))
opt = torch.optim.Adam(net.parameters(), lr=1e-3)

for epoch in range(5):
    net.train()
    for x, y in loader:
        logp = torch.log(F.softmax(net(x), dim=1))  # PLANTED
        loss = F.nll_loss(logp, y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
