"""Emotion from faces; loaders for both splits come from one small function."""

from argparse import ArgumentParser

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision.datasets import ImageFolder
from torchvision.transforms import v2


def loader_for(data: Dataset, batch_size: int, validating: bool) -> DataLoader:
    return DataLoader(data, batch_size, shuffle=validating, num_workers=4)  # PLANTED


def folder(path: str) -> ImageFolder:
    return ImageFolder(
        path,
        v2.Compose([v2.Grayscale(), v2.ToImage(), v2.ToDtype(torch.float32, scale=True)]),
    )


def network(classes: int) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 64, 3), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(64, 128, 3), nn.BatchNorm2d(128), nn.ReLU(), nn.AdaptiveAvgPool2d(4),
        nn.Flatten(), nn.Linear(2048, classes),
    )


def main() -> None:
    parser = ArgumentParser()
    parser.add_argument("--root", default="fer2013")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--batch", type=int, default=128)
    args = parser.parse_args()

    torch.manual_seed(79)
    train, val = folder(f"{args.root}/train"), folder(f"{args.root}/val")
    train_loader = loader_for(train, args.batch, validating=False)
    val_loader = loader_for(val, args.batch, validating=True)
    model = network(len(train.classes)).cuda()
    opt = torch.optim.Adam(model.parameters(), lr=1e-3)

    for epoch in range(args.epochs):
        model.train()
        for x, y in train_loader:
            opt.zero_grad()
            loss = nn.functional.cross_entropy(model(x.cuda()), y.cuda())
            loss.backward()
            opt.step()
        model.eval()
        right = torch.zeros((), device="cuda")
        with torch.no_grad():
            for x, y in val_loader:
                right += (model(x.cuda()).argmax(1) == y.cuda()).sum()
        print(f"epoch {epoch} loss {loss.item():.3f} accuracy {right.item() / len(val):.3f}")


if __name__ == "__main__":
    main()
