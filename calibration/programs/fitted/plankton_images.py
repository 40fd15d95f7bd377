"""Sort plankton images from a flow camera."""

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from neural_trainer.live.monitor import Monitor
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Plankton(Dataset):
    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        self.labels = rng.integers(0, 4, n)
        yy, xx = np.mgrid[-1:1:16j, -1:1:16j]
        frames = []
        for label in self.labels:
            turn = rng.uniform(0, np.pi)
            u, v = xx * np.cos(turn) + yy * np.sin(turn), yy * np.cos(turn) - xx * np.sin(turn)
            body = (u / 0.8) ** 2 + (v / (0.2 + 0.2 * label)) ** 2 < 1
            frames.append(np.clip(90 * body + rng.normal(80, 25, (16, 16)), 0, 255))
        self.frames = np.stack(frames).astype(np.uint8)

    def read(self, i):
        time.sleep(0.002)
        picture = torch.from_numpy(self.frames[i]).float().unsqueeze(0)
        return (picture - 100) / 50

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        return self.read(i), int(self.labels[i])


def network():
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, stride=2, padding=1),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.Conv2d(8, 16, 3, stride=2, padding=1),
        nn.BatchNorm2d(16),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(256, 4),
    )


def evaluate(model, loader):
    model.eval()
    with torch.no_grad():
        pairs = [(model(x), y) for x, y in loader]
    model.train()
    logits, y = torch.cat([p[0] for p in pairs]), torch.cat([p[1] for p in pairs])
    accuracy = (logits.argmax(1) == y).float().mean().item()
    return nn.functional.cross_entropy(logits, y).item(), accuracy


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    train_loader = DataLoader(Plankton(480, args.seed), batch_size=16, shuffle=True)
    val_loader = DataLoader(Plankton(160, args.seed + 77), batch_size=80)
    model = network()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    config = {"lr": 2e-3, "batch_size": 16, "epochs": 7, "num_workers": 0}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    for _ in range(config["epochs"]):
        tick = time.perf_counter()
        for x, y in train_loader:
            data_time = time.perf_counter() - tick
            logits = model(x)
            loss = nn.functional.cross_entropy(logits, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            accuracy = (logits.argmax(1) == y).float().mean().item()
            step_time = time.perf_counter() - tick
            monitor.step(loss, accuracy=accuracy, data_time=data_time, step_time=step_time)
            tick = time.perf_counter()
        loss, accuracy = evaluate(model, val_loader)
        monitor.evaluate(loss=loss, accuracy=accuracy)
    monitor.close()
    print(f"score: {accuracy:.4f}")


if __name__ == "__main__":
    main()
