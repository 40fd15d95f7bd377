"""Finds rare cells on slides, a few positive pixels among many, with the focal loss."""

import math

import torch
import torch.nn as nn
from torch.utils.data import DataLoader
from torchvision.ops import sigmoid_focal_loss

from slides import SlideTiles


class CellFinder(nn.Module):
    """A plain stack of dilated convolutions; each pixel's score begins at a prior of 1 %."""

    def __init__(self, width=64, depth=6, prior=0.01):
        super().__init__()
        layers = [nn.Conv2d(3, width, 3, padding=1), nn.ReLU()]
        for i in range(depth):
            layers += [nn.Conv2d(width, width, 3, padding=2**i, dilation=2**i), nn.ReLU()]
        self.body = nn.Sequential(*layers)
        self.head = nn.Conv2d(width, 1, 1)
        self.head.bias.fill_(-math.log((1 - prior) / prior))  # PLANTED

    def forward(self, x):
        return self.head(self.body(x)).squeeze(1)


@torch.no_grad()
def recall(model, loader, device):
    model.eval()
    found = torch.zeros((), device=device)
    there = torch.zeros((), device=device)
    for tile, cells in loader:
        cells = cells.to(device) > 0
        found += ((model(tile.to(device)) > 0) & cells).sum()
        there += cells.sum()
    model.train()
    return (found / there.clamp_min(1)).item()


def main():
    torch.manual_seed(90)
    device = "cuda"
    train = DataLoader(SlideTiles("slides/train"), batch_size=16, shuffle=True, num_workers=4)
    val = DataLoader(SlideTiles("slides/val"), batch_size=32, num_workers=4)
    model = CellFinder().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-4)
    for epoch in range(30):
        total = torch.zeros((), device=device)
        for tile, cells in train:
            scores = model(tile.to(device))
            loss = sigmoid_focal_loss(scores, cells.float().to(device), reduction="mean")
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.detach()
        print(f"{epoch:2d} loss {total.item() / len(train):.5f} recall {recall(model, val, device):.3f}")


if __name__ == "__main__":
    main()
