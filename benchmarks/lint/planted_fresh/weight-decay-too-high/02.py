"""Classify malware from byte histograms; settings by argparse, the usual ones by default."""

import argparse

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def parse():
    p = argparse.ArgumentParser()
    p.add_argument("--epochs", type=int, default=40)
    p.add_argument("--batch", type=int, default=256)
    p.add_argument("--lr", type=float, default=0.1)
    p.add_argument("--momentum", type=float, default=0.9)
    p.add_argument("--decay", type=float, default=0.5)  # PLANTED
    p.add_argument("--seed", type=int, default=256)
    return p.parse_args()


def split_parameters(net, decay):
    weights = [p for n, p in net.named_parameters() if n.endswith("weight")]
    biases = [p for n, p in net.named_parameters() if n.endswith("bias")]
    return [{"params": weights, "weight_decay": decay}, {"params": biases, "weight_decay": 0.0}]


def main():
    args = parse()
    torch.manual_seed(args.seed)
    d = torch.load("binaries.pt", weights_only=True)
    train = DataLoader(TensorDataset(d["x"], d["family"]), args.batch, shuffle=True)
    val_x, val_y = d["val_x"], d["val_family"]

    net = nn.Sequential(nn.Linear(256, 512), nn.ReLU(), nn.Linear(512, int(d["family"].max()) + 1))
    sgd = torch.optim.SGD(split_parameters(net, args.decay), lr=args.lr, momentum=args.momentum)
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(sgd, args.epochs)
    for epoch in range(args.epochs):
        net.train()
        for x, family in train:
            sgd.zero_grad()
            loss = nn.functional.cross_entropy(net(x), family)
            loss.backward()
            sgd.step()
        cosine.step()
        net.eval()
        with torch.no_grad():
            acc = (net(val_x).argmax(1) == val_y).float().mean()
        print(f"epoch {epoch} loss {loss.item():.3f} val {acc.item():.3f}")


if __name__ == "__main__":
    main()
