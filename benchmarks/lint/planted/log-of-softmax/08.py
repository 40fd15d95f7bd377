"""Soft-label training with mixup."""
import torch
import torch.nn.functional as F
from torch.distributions import Beta


def mixup(x, y, n_classes, alpha=0.2):
    lam = Beta(alpha, alpha).sample().to(x.device)
    perm = torch.randperm(x.size(0), device=x.device)
    hot = F.one_hot(y, n_classes).float()
    return lam * x + (1 - lam) * x[perm], lam * hot + (1 - lam) * hot[perm]


def soft_cross_entropy(logits, target):
    probabilities = torch.nn.functional.softmax(logits, dim=1)
    return -(target * probabilities.log()).sum(1).mean()  # PLANTED


def fit(net, loader, n_classes, epochs=30, device="cuda"):
    torch.manual_seed(88)
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, nesterov=True)
    lr = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    for epoch in range(epochs):
        net.train()
        for x, y in loader:
            mixed, soft = mixup(x.to(device), y.to(device), n_classes)
            loss = soft_cross_entropy(net(mixed), soft)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        lr.step()
        print("epoch", epoch, "loss", loss.item())
