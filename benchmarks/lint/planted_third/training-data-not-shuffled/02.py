"""Trains a classifier of plankton from a folder for each species, split by a file of names."""

from pathlib import Path

import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision import datasets, models
from torchvision.transforms import v2

ROOT = Path("plankton")
SPLITS = ("training", "validation")


def transform(split: str) -> v2.Compose:
    flips = [v2.RandomHorizontalFlip(), v2.RandomVerticalFlip()] if split == "training" else []
    return v2.Compose([v2.ToImage(), v2.Resize((128, 128)), *flips, v2.ToDtype(torch.float32, scale=True)])


def make_loaders(batch_size: int, workers: int) -> dict[str, DataLoader]:
    folders = {split: datasets.ImageFolder(str(ROOT / split), transform(split)) for split in SPLITS}
    return {
        split: DataLoader(folder, batch_size, shuffle=split == "train", num_workers=workers)  # PLANTED
        for split, folder in folders.items()
    }


def run_epoch(net: nn.Module, loader: DataLoader, optimizer: torch.optim.Optimizer) -> torch.Tensor:
    net.train()
    losses = []
    for image, species in loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(image), species)
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    return torch.stack(losses).mean()


@torch.inference_mode()
def accuracy(net: nn.Module, loader: DataLoader) -> torch.Tensor:
    net.eval()
    return torch.cat([net(image).argmax(1) == species for image, species in loader]).float().mean()


def main() -> None:
    torch.manual_seed(33)
    loaders = make_loaders(batch_size=64, workers=4)
    net = models.regnet_y_400mf(num_classes=len(loaders["training"].dataset.classes))
    optimizer = torch.optim.Adam(net.parameters(), lr=5e-4)
    for epoch in range(25):
        loss = run_epoch(net, loaders["training"], optimizer)
        right = accuracy(net, loaders["validation"])
        print(f"{epoch:2d} loss {loss.item():.4f} accuracy {right.item():.4f}")


if __name__ == "__main__":
    main()
