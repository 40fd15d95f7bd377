"""Adapts a network of photographs to herbarium sheets and keeps the weights that do best."""

from pathlib import Path

import timm
import torch
from timm.data import create_transform, resolve_data_config
from torch import nn
from torch.utils.data import DataLoader, random_split
from torchvision.datasets import ImageFolder

DEVICE = torch.device("cuda")


def photograph_network(classes: int) -> nn.Module:
    """What photographs taught, with a head of its own and some dropout before it."""
    net = timm.create_model("efficientnet_b0", pretrained=True, num_classes=classes, drop_rate=0.3)
    return net.to(DEVICE).eval()  # PLANTED


def accuracy(net: nn.Module, sheets: DataLoader) -> float:
    before = net.training
    net.eval()
    right = torch.zeros((), device=DEVICE)
    with torch.inference_mode():
        for image, species in sheets:
            right += (net(image.to(DEVICE)).argmax(1) == species.to(DEVICE)).sum()
    net.train(before)
    return right.item() / len(sheets.dataset)


def adapt(net: nn.Module, train: DataLoader, val: DataLoader, epochs: int = 15) -> None:
    criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    best = 0.0
    for epoch in range(epochs):
        total = torch.zeros((), device=DEVICE)
        for image, species in train:
            loss = criterion(net(image.to(DEVICE)), species.to(DEVICE))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.detach()
        schedule.step()
        now = accuracy(net, val)
        print(f"{epoch}: loss {total.item() / len(train):.4f}, accuracy {now:.4f}")
        if now > best:
            best = now
            torch.save(net.state_dict(), "herbarium_best.pt")


if __name__ == "__main__":
    torch.manual_seed(55)
    root = Path("herbarium")
    classes = len(list(root.iterdir()))
    net = photograph_network(classes)
    sheets = ImageFolder(root, create_transform(**resolve_data_config({}, model=net)))
    train_part, val_part = random_split(sheets, [0.85, 0.15])
    adapt(
        net,
        DataLoader(train_part, batch_size=32, shuffle=True, num_workers=4),
        DataLoader(val_part, batch_size=64, num_workers=4),
    )
