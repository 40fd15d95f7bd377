"""Recognise activities from windows of accelerometer readings."""

import argparse

import numpy as np
import torch
from neural_trainer.live.monitor import Monitor
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

ACTIVITIES = ["sit", "walk", "run", "climb", "jump"]


def simulate(n, rng):
    labels = rng.integers(0, len(ACTIVITIES), n)
    time = np.linspace(0, 3, 48)
    rate = np.array([0.2, 1.6, 2.6, 1.3, 2.1])[labels][:, None]
    strength = np.array([0.2, 0.8, 1.5, 1.0, 1.8])[labels][:, None]
    start = rng.uniform(0, 2 * np.pi, (n, 1))
    rate = rate + rng.normal(0, 0.15, (n, 1))
    axis_x = strength * np.sin(2 * np.pi * rate * time + start)
    axis_z = strength * np.abs(np.cos(np.pi * rate * time + start))
    windows = np.stack([axis_x, axis_z], 1) + rng.normal(0, 0.4, (n, 2, 48))
    return torch.tensor(windows, dtype=torch.float32), torch.tensor(labels)


def build_model():
    return nn.Sequential(
        nn.Conv1d(2, 16, 7, padding=3),
        nn.ReLU(),
        nn.MaxPool1d(4),
        nn.Conv1d(16, 32, 5, padding=2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(32 * 12, len(ACTIVITIES)),
    )


def train_one_epoch(model, loader, loss_fn, optimizer, monitor):
    model.train()
    for windows, labels in loader:
        logits = model(windows)
        loss = loss_fn(logits, labels)
        loss.backward()
        optimizer.step()
        accuracy = (logits.argmax(1) == labels).float().mean().item()
        monitor.step(loss, accuracy=accuracy)


def evaluate(model, loader, loss_fn):
    model.eval()
    losses, hits, seen = [], 0, 0
    with torch.no_grad():
        for windows, labels in loader:
            logits = model(windows)
            losses.append(loss_fn(logits, labels).item())
            hits += (logits.argmax(1) == labels).sum().item()
            seen += len(labels)
    return float(np.mean(losses)), hits / seen


def main(args):
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    rng = np.random.default_rng(42)
    train_loader = DataLoader(TensorDataset(*simulate(1600, rng)), batch_size=32, shuffle=True)
    test_loader = DataLoader(TensorDataset(*simulate(400, rng)), batch_size=100)
    model = build_model()
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=args.lr)
    config = {"lr": args.lr, "batch_size": 32, "epochs": args.epochs}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    for _ in range(args.epochs):
        train_one_epoch(model, train_loader, loss_fn, optimizer, monitor)
        loss, accuracy = evaluate(model, test_loader, loss_fn)
        monitor.evaluate(loss=loss, accuracy=accuracy)
    monitor.close()
    print(f"score: {accuracy:.4f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--lr", type=float, default=0.04)
    parser.add_argument("--epochs", type=int, default=10)
    main(parser.parse_args())
