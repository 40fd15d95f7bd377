"""Long-tailed CIFAR-100 with logit adjustment (Menon et al.)."""
import argparse

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, Subset
from torchvision import datasets, transforms
from torchvision.models import resnet18


def long_tail_indices(targets, classes, ratio, rng):
    targets = np.asarray(targets)
    keep = []
    for c in range(classes):
        members = np.flatnonzero(targets == c)
        amount = int(len(members) * ratio ** (c / (classes - 1)))
        keep.append(rng.choice(members, size=amount, replace=False))
    return np.concatenate(keep)


class LogitAdjustedLoss(nn.Module):
    def __init__(self, labels, classes, tau=1.0):
        super().__init__()
        counts = torch.bincount(labels, minlength=classes).float() + 1.0
        prior = counts / counts.sum()
        self.register_buffer("offset", tau * torch.log(prior))

    def forward(self, logits, target):
        return F.cross_entropy(logits + self.offset, target)


def make_model(classes):
    net = resnet18(num_classes=classes)
    net.conv1 = nn.Conv2d(3, 64, 3, padding=1, bias=False)
    net.maxpool = nn.Identity()
    return net


@torch.no_grad()
def evaluate(model, loader, classes, device):
    model.eval()
    hit = torch.zeros(classes, device=device)
    seen = torch.zeros(classes, device=device)
    for x, y in loader:
        y = y.to(device)
        ok = (model(x.to(device)).argmax(1) == y).float()
        hit.index_add_(0, y, ok)
        seen.index_add_(0, y, torch.ones_like(ok))
    return (hit / seen.clamp_min(1)).mean().item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--ratio", type=float, default=0.002)
    parser.add_argument("--tau", type=float, default=1.0)
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=9)
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    rng = np.random.default_rng(args.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    classes = 100

    norm = transforms.Normalize((0.5071, 0.4865, 0.4409), (0.2673, 0.2564, 0.2762))
    aug = transforms.Compose([transforms.RandomCrop(32, 4), transforms.RandomHorizontalFlip(),
                              transforms.ToTensor(), norm])
    plain = transforms.Compose([transforms.ToTensor(), norm])
    base = datasets.CIFAR100("data", True, aug, download=True)
    idx = long_tail_indices(base.targets, classes, args.ratio, rng)
    labels = torch.tensor(base.targets)[torch.from_numpy(idx)]
    train = DataLoader(Subset(base, idx.tolist()), 128, shuffle=True, num_workers=4, drop_last=True)
    test = DataLoader(datasets.CIFAR100("data", False, plain, download=True), 512, num_workers=4)

    model = make_model(classes).to(device)
    criterion = LogitAdjustedLoss(labels, classes, args.tau).to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, args.epochs)

    for epoch in range(args.epochs):
        model.train()
        total = torch.zeros((), device=device)
        for x, y in train:
            loss = criterion(model(x.to(device)), y.to(device))
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            total += loss.detach()
        scheduler.step()
        print(f"epoch {epoch} loss {total.item() / len(train):.4f}", end=" ")
        print(f"balanced acc {evaluate(model, test, classes, device):.4f}")
    torch.save(model.state_dict(), "cifar100_lt.pt")


if __name__ == "__main__":
    main()
