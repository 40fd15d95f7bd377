"""Circles, squares and crosses in 16x16 camera frames."""

import argparse

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset

from neural_trainer.live.monitor import Monitor

MEAN, STD = 96.0, 58.0


def draw(kind, rng):
    frame = rng.normal(70, 25, (16, 16))
    cx, cy, r = rng.integers(5, 11), rng.integers(5, 11), rng.integers(3, 5)
    yy, xx = np.mgrid[:16, :16]
    dx, dy = np.abs(xx - cx), np.abs(yy - cy)
    if kind == 0:
        inside = dx**2 + dy**2 <= r * r
    elif kind == 1:
        inside = np.maximum(dx, dy) <= r
    else:
        inside = (np.minimum(dx, dy) == 0) & (np.maximum(dx, dy) <= r)
    frame[inside] += 90
    return frame.clip(0, 255).astype(np.float32)


class Shapes(Dataset):
    def __init__(self, n, seed, transform=None):
        rng = np.random.default_rng(seed)
        self.labels = rng.integers(0, 3, n)
        self.frames = [torch.from_numpy(draw(k, rng)).unsqueeze(0) for k in self.labels]
        self.transform = transform

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        frame = self.frames[i]
        if self.transform is not None:
            frame = self.transform(frame)
        return frame, int(self.labels[i])


def normalise(frame):
    return (frame - MEAN) / STD


class ShapeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 5, stride=2, padding=2)
        self.conv2 = nn.Conv2d(8, 16, 3, stride=2, padding=1)
        self.fc1 = nn.Linear(16 * 4 * 4, 32)
        self.fc2 = nn.Linear(32, 3)

    def forward(self, x):
        x = F.relu(self.conv2(F.relu(self.conv1(x))))
        return self.fc2(F.relu(self.fc1(x.flatten(1))))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    train_loader = DataLoader(Shapes(2000, args.seed, transform=normalise), 50, shuffle=True)
    val_loader = DataLoader(Shapes(500, args.seed + 77), 100)
    model = ShapeNet()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    config = {"lr": 1e-3, "batch_size": 50, "epochs": 8, "mean": MEAN, "std": STD}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)

    for epoch in range(config["epochs"]):
        for x, y in train_loader:
            logits = model(x)
            loss = F.cross_entropy(logits, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            monitor.step(loss, accuracy=(logits.argmax(1) == y).float().mean().item())
        with torch.no_grad():
            outputs = [(model(x), y) for x, y in val_loader]
        logits, y = (torch.cat(parts) for parts in zip(*outputs, strict=True))
        val_acc = (logits.argmax(1) == y).float().mean().item()
        monitor.evaluate(loss=F.cross_entropy(logits, y).item(), accuracy=val_acc)
        print(f"epoch {epoch}: val accuracy {val_acc:.3f}")

    monitor.close()
    print(f"score: {val_acc:.4f}")


if __name__ == "__main__":
    main()
