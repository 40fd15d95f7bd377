"""Trains an autoencoder of network traffic to find what is unusual."""

import argparse
import json
import sys

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def build(columns, code):
    return nn.Sequential(
        nn.Linear(columns, 64), nn.ReLU(), nn.Linear(64, code), nn.ReLU(),
        nn.Linear(code, 64), nn.ReLU(), nn.Linear(64, columns),
    )


def main(argv):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("flows")
    parser.add_argument("--code", type=int, default=8)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1234, help="seed of the weights and of the order")
    args = parser.parse_args(argv)
    print(json.dumps(vars(args)))

    flows = torch.load(args.flows, weights_only=True)
    normal, mixed = flows["normal"], flows["mixed"]
    mean, std = normal.mean(0), normal.std(0) + 1e-6
    loader = DataLoader(TensorDataset((normal - mean) / std), batch_size=256, shuffle=True)

    net = build(normal.shape[1], args.code)
    optimizer = torch.optim.Adam(net.parameters(), lr=args.lr)
    for epoch in range(args.epochs):  # PLANTED
        total = torch.zeros(())
        for (x,) in loader:
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(net(x), x)
            loss.backward()
            optimizer.step()
            total += loss.detach()
        print(json.dumps({"epoch": epoch, "loss": total.item() / len(loader)}))

    net.eval()
    with torch.no_grad():
        x = (mixed - mean) / std
        error = (net(x) - x).square().mean(1)
    print(json.dumps({"most_unusual": error.topk(20).indices.tolist()}))


if __name__ == "__main__":
    main(sys.argv[1:])
