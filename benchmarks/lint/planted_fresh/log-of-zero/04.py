"""Count cells in microscope tiles by a Poisson likelihood written out by hand."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from microscopy import CellTiles


def conv(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride=2, padding=1), nn.BatchNorm2d(outputs), nn.ReLU()
    )


class DensityNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.trunk = nn.Sequential(conv(3, 32), conv(32, 64), conv(64, 128))
        self.density = nn.Conv2d(128, 1, 1)

    def forward(self, tile: Tensor) -> Tensor:
        return self.density(self.trunk(tile)).clamp(min=0).sum(dim=(1, 2, 3))


def poisson(rate: Tensor, count: Tensor) -> Tensor:
    likelihood = count * rate.log() - rate - torch.lgamma(count + 1)  # PLANTED
    return -likelihood.mean()


def train(net: DensityNet, loader: DataLoader[tuple[Tensor, Tensor]], epochs: int) -> None:
    opt = torch.optim.Adam(net.parameters(), lr=1e-4)
    net.train()
    for epoch in range(epochs):
        for i, (tile, count) in enumerate(loader):
            loss = poisson(net(tile.cuda()), count.float().cuda())
            opt.zero_grad()
            loss.backward()
            opt.step()
            if i % 50 == 0:
                print(f"epoch {epoch} tile batch {i} nll {loss.item():.3f}")


if __name__ == "__main__":
    torch.manual_seed(128)
    tiles = DataLoader(CellTiles("train"), batch_size=32, shuffle=True, num_workers=4)
    train(DensityNet().cuda(), tiles, epochs=60)
