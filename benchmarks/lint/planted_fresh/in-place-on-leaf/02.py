"""Projected gradient attacks while training (Madry et al.), on house numbers."""

import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader
from torchvision import transforms
from torchvision.datasets import SVHN
from torchvision.models import resnet18

EPS, ALPHA, ROUNDS = 8 / 255, 2 / 255, 7
torch.manual_seed(32)
net = resnet18(num_classes=10).cuda()
opt = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
digits = DataLoader(
    SVHN("data", "train", transforms.ToTensor()), batch_size=128, shuffle=True, num_workers=4
)


def attack(x, y):
    delta = torch.zeros_like(x, requires_grad=True)
    delta.uniform_(-EPS, EPS)  # PLANTED
    for _ in range(ROUNDS):
        (g,) = torch.autograd.grad(F.cross_entropy(net((x + delta).clamp(0, 1)), y), delta)
        delta = (delta.detach() + ALPHA * g.sign()).clamp(-EPS, EPS).requires_grad_()
    return (x + delta).clamp(0, 1).detach()


net.train()
for epoch in range(30):
    for i, (x, y) in enumerate(digits):
        x, y = x.cuda(), y.cuda()
        hard = attack(x, y)
        loss = F.cross_entropy(net(hard), y)
        opt.zero_grad(set_to_none=True)
        loss.backward()
        opt.step()
        if i % 100 == 0:
            print(f"epoch {epoch} batch {i} robust loss {loss.item():.4f}")
