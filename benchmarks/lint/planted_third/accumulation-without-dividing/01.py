"""Trains a land-cover network on satellite tiles, a few tiles at a time so that the card holds them."""

import argparse
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def block(c_in: int, c_out: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(c_in, c_out, 3, padding=1), nn.GroupNorm(8, c_out), nn.SiLU(inplace=True)
    )


class TileNet(nn.Module):
    def __init__(self, bands: int, classes: int, width: int = 48) -> None:
        super().__init__()
        self.down = block(bands, width)
        self.middle = nn.Sequential(nn.MaxPool2d(2), block(width, 2 * width), nn.Upsample(scale_factor=2))
        self.out = nn.Conv2d(3 * width, classes, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        skip = self.down(x)
        return self.out(torch.cat([skip, self.middle(skip)], dim=1))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("tiles", type=Path)
    parser.add_argument("--tiles-at-once", type=int, default=4)
    parser.add_argument("--epochs", type=int, default=40)
    args = parser.parse_args()

    torch.manual_seed(11)
    stored = torch.load(args.tiles, weights_only=True)
    loader = DataLoader(
        TensorDataset(stored["bands"], stored["cover"]), batch_size=32, shuffle=True, drop_last=True
    )
    net = TileNet(stored["bands"].shape[1], 7).cuda()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9)

    for epoch in range(args.epochs):
        epoch_loss = torch.zeros((), device="cuda")
        pieces = 0
        for images, cover in loader:
            optimizer.zero_grad(set_to_none=True)
            # 32 tiles of 512 x 512 do not fit
            for part, truth in zip(images.split(args.tiles_at_once), cover.split(args.tiles_at_once)):
                loss = F.cross_entropy(net(part.cuda()), truth.cuda(), ignore_index=255)
                loss.backward()  # PLANTED
                epoch_loss += loss.detach()
                pieces += 1
            optimizer.step()
        print(f"epoch {epoch:3d}  loss {epoch_loss.item() / pieces:.4f}")

    torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict()}, "tilenet.pt")


if __name__ == "__main__":
    main()
