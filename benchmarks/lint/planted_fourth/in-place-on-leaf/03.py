from dataclasses import dataclass
from typing import Tuple

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor
from torch.utils.data import DataLoader
from torchvision import datasets, transforms
from torchvision.models import resnet18


@dataclass
class AttackConfig:
    eps: float = 8 / 255
    step_size: float = 2 / 255
    steps: int = 7


class PGD:
    def __init__(self, model: nn.Module, cfg: AttackConfig):
        self.model, self.cfg = model, cfg

    def perturb(self, x: Tensor, y: Tensor) -> Tensor:
        was_training = self.model.training
        self.model.eval()
        delta = torch.empty_like(x).uniform_(-self.cfg.eps, self.cfg.eps)
        delta.requires_grad_(True)
        for _ in range(self.cfg.steps):
            loss = F.cross_entropy(self.model((x + delta).clamp(0, 1)), y)
            grad, = torch.autograd.grad(loss, delta)
            delta.add_(self.cfg.step_size * grad.sign()).clamp_(-self.cfg.eps, self.cfg.eps)  # PLANTED
        self.model.train(was_training)
        return (x + delta.detach()).clamp(0, 1)


class Normalized(nn.Module):
    def __init__(self, net: nn.Module):
        super().__init__()
        self.net = net
        self.register_buffer("mean", torch.tensor([0.4914, 0.4822, 0.4465]).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor([0.2470, 0.2435, 0.2616]).view(1, 3, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return self.net((x - self.mean) / self.std)


def loaders(batch: int) -> Tuple[DataLoader, DataLoader]:
    aug = transforms.Compose([transforms.RandomCrop(32, 4), transforms.RandomHorizontalFlip(), transforms.ToTensor()])
    tr = datasets.CIFAR10("data", True, transform=aug, download=True)
    te = datasets.CIFAR10("data", False, transform=transforms.ToTensor(), download=True)
    return (DataLoader(tr, batch, shuffle=True, num_workers=4, drop_last=True),
            DataLoader(te, batch, num_workers=4))


def evaluate(model: nn.Module, attack: PGD, loader: DataLoader, device) -> Tuple[float, float]:
    model.eval()
    clean = torch.zeros((), device=device)
    robust = torch.zeros((), device=device)
    for x, y in loader:
        x, y = x.to(device), y.to(device)
        adv = attack.perturb(x, y)
        with torch.no_grad():
            clean += (model(x).argmax(1) == y).sum()
            robust += (model(adv).argmax(1) == y).sum()
    n = len(loader.dataset)
    return clean.item() / n, robust.item() / n


def main(epochs: int = 60, batch: int = 128, lr: float = 0.05) -> None:
    torch.manual_seed(10)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    train_loader, test_loader = loaders(batch)
    backbone = resnet18(num_classes=10)
    backbone.conv1 = nn.Conv2d(3, 64, 3, padding=1, bias=False)
    backbone.maxpool = nn.Identity()
    model = Normalized(backbone).to(device)
    train_attack = PGD(model, AttackConfig())
    test_attack = PGD(model, AttackConfig(steps=20))

    groups = [{"params": [p for p in model.parameters() if p.ndim > 1], "weight_decay": 5e-4},
              {"params": [p for p in model.parameters() if p.ndim <= 1], "weight_decay": 0.0}]
    optimizer = torch.optim.SGD(groups, lr=lr, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, [40, 50], gamma=0.1)

    for epoch in range(epochs):
        model.train()
        for i, (x, y) in enumerate(train_loader):
            x, y = x.to(device), y.to(device)
            adv = train_attack.perturb(x, y)
            loss = F.cross_entropy(model(adv), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if i % 100 == 0:
                print(f"epoch {epoch} batch {i} adversarial loss {loss.item():.4f}")
        scheduler.step()
        if (epoch + 1) % 5 == 0:
            clean, robust = evaluate(model, test_attack, test_loader, device)
            print(f"epoch {epoch} clean {clean:.4f} robust {robust:.4f}")
            torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(),
                        "scheduler": scheduler.state_dict(), "epoch": epoch}, "pgd_at.pt")


if __name__ == "__main__":
    main()
