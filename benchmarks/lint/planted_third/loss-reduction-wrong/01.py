"""Trains a small fully convolutional network to segment cracks in road images."""

from functools import partial

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

CFG = {
    "seed": 11,
    "epochs": 30,
    "batch": 16,
    "optim": {"lr": 0.05, "momentum": 0.9},
    "loss": "ce",
}

LOSSES = {
    "ce": partial(F.cross_entropy, weight=torch.tensor([0.3, 1.7]), reduction="sum"),  # PLANTED
    "smooth_ce": partial(F.cross_entropy, label_smoothing=0.1),
}


def fcn(width=24):
    return nn.Sequential(
        nn.Conv2d(3, width, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(width, width, 3, padding=2, dilation=2),
        nn.ReLU(),
        nn.Conv2d(width, 2, 1),
    )


def pixel_accuracy(net, loader):
    net.eval()
    right, seen = torch.zeros(()), 0
    with torch.no_grad():
        for image, mask in loader:
            right += (net(image).argmax(1) == mask).sum()
            seen += mask.numel()
    return float(right / seen)


def main():
    torch.manual_seed(CFG["seed"])
    blob = torch.load("cracks.pt", weights_only=True)
    train = DataLoader(
        TensorDataset(blob["image"][:900], blob["mask"][:900]), CFG["batch"], shuffle=True
    )
    held_out = DataLoader(TensorDataset(blob["image"][900:], blob["mask"][900:]), CFG["batch"])

    net = fcn()
    objective = LOSSES[CFG["loss"]]
    sgd = torch.optim.SGD(net.parameters(), **CFG["optim"])

    for epoch in range(CFG["epochs"]):
        net.train()
        running = torch.zeros(())
        for image, mask in train:
            sgd.zero_grad()
            loss = objective(net(image), mask)
            loss.backward()
            sgd.step()
            running += loss.detach()
        print(f"{epoch:3d}  loss {running / len(train):.4f}  acc {pixel_accuracy(net, held_out):.4f}")


if __name__ == "__main__":
    main()
