"""A subset of indices for quick experiments."""
import numpy as np
import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader
from torch.utils.data.sampler import SubsetRandomSampler
from torchvision import datasets, transforms

torch.manual_seed(1)
rng = np.random.default_rng(1)
data = datasets.CIFAR10("data", train=True, download=True, transform=transforms.ToTensor())
idx = rng.permutation(len(data))
train_idx, valid_idx = idx[5000:].tolist(), idx[:5000].tolist()
train_loader = DataLoader(data, 64, True, SubsetRandomSampler(train_idx))  # PLANTED
valid_loader = DataLoader(data, 256, sampler=SubsetRandomSampler(valid_idx))

net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3072, 256), torch.nn.ReLU(), torch.nn.Linear(256, 10))
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
for epoch in range(5):
    net.train()
    for x, y in train_loader:
        opt.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        opt.step()
    net.eval()
    with torch.no_grad():
        ok = sum((net(x).argmax(1) == y).sum() for x, y in valid_loader)
    print(epoch, loss.item(), ok.item() / 5000)
