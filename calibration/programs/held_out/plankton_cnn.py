"""Plankton silhouettes; the images of each species lie in one folder."""

import argparse

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

from neural_trainer.live.monitor import Monitor

SPECIES = 6


class PlanktonFolder(Dataset):
    def __init__(self, per_species, prototypes, gen):
        self.items = []
        for label in range(SPECIES):
            for _ in range(per_species):
                shift = torch.randint(-1, 2, (2,), generator=gen).tolist()
                image = torch.roll(prototypes[label], shift, dims=(1, 2))
                noise = 0.9 * torch.randn(image.shape, generator=gen)
                self.items.append((image + noise, label))

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return self.items[i]


def make_model():
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(3),
        nn.Flatten(),
        nn.Linear(288, SPECIES),
    )


def evaluate(model, loader, criterion):
    model.eval()
    loss = correct = count = 0
    with torch.no_grad():
        for x, y in loader:
            out = model(x)
            loss += criterion(out, y).item() * len(y)
            correct += (out.argmax(1) == y).sum().item()
            count += len(y)
    return loss / count, correct / count


def main(args):
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    gen = torch.Generator().manual_seed(args.seed)
    prototypes = torch.randn(SPECIES, 1, 14, 14, generator=gen)
    prototypes = nn.functional.avg_pool2d(prototypes, 3, stride=1, padding=1) * 2
    train_data = PlanktonFolder(300, prototypes, gen)
    val_data = PlanktonFolder(60, prototypes, gen)
    train_loader = DataLoader(train_data, batch_size=args.batch_size)
    val_loader = DataLoader(val_data, batch_size=120)

    model = make_model()
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=args.lr, momentum=0.9)
    config = {"lr": args.lr, "batch_size": args.batch_size, "epochs": args.epochs}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    for _ in range(args.epochs):
        model.train()
        for x, y in train_loader:
            optimizer.zero_grad()
            out = model(x)
            loss = criterion(out, y)
            loss.backward()
            optimizer.step()
            monitor.step(loss, accuracy=(out.argmax(1) == y).float().mean().item())
        val_loss, val_acc = evaluate(model, val_loader, criterion)
        monitor.evaluate(loss=val_loss, accuracy=val_acc)
    monitor.close()
    print(f"score: {val_acc:.4f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--lr", type=float, default=0.02)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--epochs", type=int, default=7)
    main(parser.parse_args())
