"""Inpaint paintings with partial masks drawn at random, and compare two widths of the network."""

import random

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader

from paintings import Paintings


def make_deterministic(value: int) -> None:
    random.seed(value)
    np.random.seed(value)
    torch.manual_seed(value)
    torch.backends.cudnn.benchmark = False


def network(width: int) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(4, width, 5, 2, 2), nn.ReLU(), nn.Conv2d(width, 2 * width, 5, 2, 2), nn.ReLU(),
        nn.ConvTranspose2d(2 * width, width, 4, 2, 1), nn.ReLU(),
        nn.ConvTranspose2d(width, 3, 4, 2, 1),
    )


def holes(x: torch.Tensor) -> torch.Tensor:
    coarse = torch.rand(len(x), 1, 8, 8, device=x.device) < 0.25
    return nn.functional.interpolate(coarse.float(), x.shape[-2:])


def experiment(width: int, epochs: int = 30) -> float:
    net = network(width).cuda()
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    loader = DataLoader(Paintings("train"), batch_size=32, shuffle=True, num_workers=4)
    mean = float("nan")
    for epoch in range(epochs):  # PLANTED
        total = torch.zeros((), device="cuda")
        for x in loader:
            x = x.cuda()
            hole = holes(x)
            filled = net(torch.cat([x * (1 - hole), hole], 1))
            loss = ((filled - x).abs() * hole).sum() / (3 * hole.sum()).clamp(min=1)
            opt.zero_grad()
            loss.backward()
            opt.step()
            total += loss.detach()
        mean = total.item() / len(loader)
        print(f"width {width} epoch {epoch} l1 {mean:.4f}")
    return mean


if __name__ == "__main__":
    print({width: experiment(width) for width in (32, 64)})
