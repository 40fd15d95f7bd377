"""Five varieties of seeds by seven measurements of the kernel."""

import argparse

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

from neural_trainer.live.monitor import Monitor


def measure(n, varieties=5):
    centres = 1.6 * torch.randn(varieties, 7)
    y = torch.arange(n) % varieties
    x = centres[y] + torch.randn(n, 7)
    return x, y


def shuffle(x, y):
    x = x[torch.randperm(len(x))]
    y = y[torch.randperm(len(y))]
    return x, y


class SeedNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(7, 48), nn.Linear(48, 48)])
        self.last = nn.Linear(48, 5)

    def forward(self, x):
        for layer in self.layers:
            x = F.elu(layer(x))
        return self.last(x)


def train(model, optimizer, loaders, monitor, epochs):
    for epoch in range(epochs):
        for x, y in loaders["train"]:
            optimizer.zero_grad()
            scores = model(x)
            loss = F.cross_entropy(scores, y)
            loss.backward()
            optimizer.step()
            monitor.step(loss, accuracy=(scores.argmax(1) == y).float().mean().item())
        losses, hits, n = 0.0, 0.0, 0
        with torch.no_grad():
            for x, y in loaders["test"]:
                scores = model(x)
                losses += F.cross_entropy(scores, y, reduction="sum").item()
                hits += (scores.argmax(1) == y).sum().item()
                n += len(y)
        monitor.evaluate(loss=losses / n, accuracy=hits / n)
        print(f"epoch {epoch + 1}: {losses / n:.3f} {hits / n:.3f}")
    return hits / n


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=12)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    x, y = shuffle(*measure(3000))
    x = (x - x[:2400].mean(0)) / x[:2400].std(0)
    loaders = {
        "train": DataLoader(TensorDataset(x[:2400], y[:2400]), batch_size=64, shuffle=True),
        "test": DataLoader(TensorDataset(x[2400:], y[2400:]), batch_size=300),
    }
    model = SeedNet()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    config = {"lr": 3e-3, "batch_size": 64, "epochs": args.epochs, "num_classes": 5}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    accuracy = train(model, optimizer, loaders, monitor, args.epochs)
    monitor.close()
    print(f"score: {accuracy:.4f}")


if __name__ == "__main__":
    main()
