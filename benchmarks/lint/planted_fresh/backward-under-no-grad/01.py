"""Train a digit classifier with weight noise, then measure how it stands up to FGSM."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader
from torchvision import transforms
from torchvision.datasets import MNIST

torch.manual_seed(0)
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
to_tensor = transforms.ToTensor()
train_loader = DataLoader(MNIST("data", True, to_tensor), batch_size=128, shuffle=True)
test_loader = DataLoader(MNIST("data", False, to_tensor), batch_size=500)

net = nn.Sequential(
    nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(),
    nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Dropout(0.3), nn.Linear(1024, 10),
).to(device)
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)


@torch.no_grad()
def robust_accuracy(eps: float) -> float:
    net.eval()
    right = 0
    for x, y in test_loader:
        x, y = x.to(device).requires_grad_(), y.to(device)
        F.cross_entropy(net(x), y).backward()  # PLANTED
        attacked = (x + eps * x.grad.sign()).clamp(0, 1)
        right = right + (net(attacked).argmax(1) == y).sum()
    net.train()
    return int(right) / len(test_loader.dataset)


net.train()
for epoch in range(5):
    for i, (x, y) in enumerate(train_loader):
        optimizer.zero_grad()
        loss = F.cross_entropy(net(x.to(device)), y.to(device))
        loss.backward()
        optimizer.step()
        if i % 100 == 0:
            print(f"epoch {epoch} batch {i} loss {loss.item():.4f}")

for eps in (0.05, 0.1, 0.2):
    print(f"eps {eps}: {robust_accuracy(eps):.3f}")
