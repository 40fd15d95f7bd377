"""Trains a keyword tagger, keeps its best epoch and resumes after an interruption."""

import argparse
import logging
import math
from pathlib import Path

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO)


def arguments():
    p = argparse.ArgumentParser()
    p.add_argument("--out", type=Path, default=Path("tagger"))
    p.add_argument("--resume", action="store_true")
    p.add_argument("--epochs", type=int, default=30)
    p.add_argument("--seed", type=int, default=13)
    return p.parse_args()


def tagger(words, tags):
    return nn.Sequential(nn.EmbeddingBag(words, 200), nn.ReLU(), nn.Dropout(0.5), nn.Linear(200, tags))


def one_pass(model, loader, criterion, optimizer):
    model.train()
    for words, tags in loader:
        optimizer.zero_grad()
        loss = criterion(model(words), tags)
        loss.backward()
        optimizer.step()


@torch.no_grad()
def held_out(model, loader, criterion):
    model.eval()
    return torch.stack([criterion(model(words), tags) for words, tags in loader]).mean().item()


def main():
    args = arguments()
    torch.manual_seed(args.seed)
    data = torch.load("documents.pt", weights_only=True)
    train = DataLoader(TensorDataset(*data["train"]), batch_size=128, shuffle=True)
    valid = DataLoader(TensorDataset(*data["valid"]), batch_size=512)

    model = tagger(30_000, data["train"][1].shape[1])
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    criterion = nn.BCEWithLogitsLoss()
    first = 0
    if args.resume:
        checkpoint = torch.load(args.out / "last.pt", map_location="cpu", weights_only=True)
        model.load_state_dict(checkpoint["model"])
        optimizer.load_state_dict(checkpoint["optimizer"])
        first = checkpoint["epoch"] + 1

    lowest = math.inf  # PLANTED
    for epoch in range(first, args.epochs):
        one_pass(model, train, criterion, optimizer)
        now = held_out(model, valid, criterion)
        logging.info("epoch %d held-out loss %.5f (lowest %.5f)", epoch, now, lowest)
        improved, lowest = now < lowest, min(now, lowest)
        checkpoint = {
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "epoch": epoch,
            "lowest": lowest,
        }
        torch.save(checkpoint, args.out / "last.pt")
        if improved:
            torch.save(checkpoint, args.out / "best.pt")


if __name__ == "__main__":
    main()
