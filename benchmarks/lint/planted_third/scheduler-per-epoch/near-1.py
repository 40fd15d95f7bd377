"""Trains a detector of handwriting style with one cycle of the rate over its epochs."""

import argparse

import torch
from torch import nn
from torch.optim import SGD
from torch.optim.lr_scheduler import OneCycleLR
from torch.utils.data import DataLoader, TensorDataset


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("strokes")
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--peak", type=float, default=0.2)
    parser.add_argument("--seed", type=int, default=64)
    return parser.parse_args()


def main():
    opts = options()
    torch.manual_seed(opts.seed)
    strokes, writer = torch.load(opts.strokes, weights_only=True)
    loader = DataLoader(TensorDataset(strokes, writer), batch_size=128, shuffle=True)
    model = nn.Sequential(
        nn.Conv1d(2, 32, 7), nn.ReLU(), nn.MaxPool1d(2), nn.Conv1d(32, 64, 7), nn.ReLU(),
        nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(64, int(writer.max()) + 1),
    )
    optimizer = SGD(model.parameters(), lr=opts.peak / 25, momentum=0.9)
    # a small data set: 6 batches an epoch, so the cycle is counted in epochs
    cycle = OneCycleLR(optimizer, max_lr=opts.peak, total_steps=opts.epochs)

    for epoch in range(opts.epochs):
        for x, y in loader:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
        if epoch % 10 == 0:
            print(f"{epoch} rate {cycle.get_last_lr()[0]:.4f} loss {loss.item():.4f}")
        cycle.step()


if __name__ == "__main__":
    main()
