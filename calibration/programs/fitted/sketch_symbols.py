"""Tell circles, squares and crosses apart in noisy 12x12 sketches."""

import argparse
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn
from neural_trainer.live.monitor import Monitor
from torch.utils.data import DataLoader, Dataset

CONFIG = {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.1, "batch_size": 32, "epochs": 8}


class Sketches(Dataset):
    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        yy, xx = np.mgrid[0:12, 0:12]
        self.labels = rng.integers(0, 3, n)
        self.images = rng.normal(0, 0.6, (n, 1, 12, 12)).astype(np.float32)
        for i, label in enumerate(self.labels):
            cy, cx = rng.uniform(4, 7, 2)
            r = rng.uniform(2.5, 4)
            dy, dx = np.abs(yy - cy), np.abs(xx - cx)
            if label == 0:
                mask = np.abs(np.hypot(dy, dx) - r) < 0.8
            elif label == 1:
                mask = np.abs(np.maximum(dy, dx) - r) < 0.8
            else:
                mask = (np.minimum(dy, dx) < 0.8) & (np.maximum(dy, dx) < r)
            self.images[i, 0] += mask

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        return torch.from_numpy(self.images[i]), int(self.labels[i])


def build_model():
    return nn.Sequential(
        nn.Conv2d(1, 12, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(12, 24, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(24 * 9, 3),
    )


def evaluate(net, loader, criterion):
    net.eval()
    loss_sum = hits = count = 0
    with torch.no_grad():
        for images, labels in loader:
            logits = net(images)
            loss_sum += criterion(logits, labels).item() * len(labels)
            hits += (logits.argmax(1) == labels).sum().item()
            count += len(labels)
    return loss_sum / count, hits / count


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    train_loader = DataLoader(Sketches(1600, 10 + args.seed), CONFIG["batch_size"], shuffle=True)
    test_loader = DataLoader(Sketches(400, 900 + args.seed), 200)
    net = build_model()
    criterion = nn.CrossEntropyLoss(label_smoothing=0.02)
    optimizer = torch.optim.SGD(
        net.parameters(), CONFIG["lr"], CONFIG["momentum"], weight_decay=CONFIG["weight_decay"]
    )
    monitor = Monitor(args.out, net, optimizer, CONFIG, activations=True, judge=False)
    for _ in range(CONFIG["epochs"]):
        net.train()
        for images, labels in train_loader:
            optimizer.zero_grad()
            logits = net(images)
            loss = criterion(logits, labels)
            loss.backward()
            optimizer.step()
            monitor.step(loss, accuracy=(logits.argmax(1) == labels).float().mean().item())
        loss, accuracy = evaluate(net, test_loader, criterion)
        monitor.evaluate(loss=loss, accuracy=accuracy)
    monitor.close()
    print(f"score: {accuracy:.4f}")


if __name__ == "__main__":
    main()
