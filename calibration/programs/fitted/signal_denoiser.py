"""Remove noise from short waveforms with a convolutional network."""

import argparse
import math
from pathlib import Path

import torch
from neural_trainer.live.monitor import Monitor
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingWarmRestarts
from torch.utils.data import DataLoader, TensorDataset


def waves(n, length=64):
    t = torch.linspace(0, 1, length)
    clean = torch.zeros(n, length)
    for _ in range(3):
        frequency, phase = 1 + 5 * torch.rand(n, 1), 2 * math.pi * torch.rand(n, 1)
        clean += torch.rand(n, 1) * torch.sin(2 * math.pi * frequency * t + phase)
    return (clean + 0.4 * torch.randn(n, length)).unsqueeze(1), clean.unsqueeze(1)


class Denoiser(nn.Module):
    def __init__(self, width=16):
        super().__init__()
        self.enter = nn.Conv1d(1, width, 9, padding=4)
        self.middle = nn.Conv1d(width, width, 9, padding=4)
        self.leave = nn.Conv1d(width, 1, 9, padding=4)

    def forward(self, x):
        h = torch.relu(self.enter(x))
        h = h + torch.relu(self.middle(h))
        return x + self.leave(h)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    config = {"lr": 0.05, "batch_size": 32, "epochs": 12, "restart_epochs": 3, "momentum": 0.9}
    loader = DataLoader(TensorDataset(*waves(1280)), config["batch_size"], shuffle=True)
    noisy, clean = waves(300)
    model = Denoiser()
    optimizer = torch.optim.SGD(model.parameters(), lr=config["lr"], momentum=config["momentum"])
    scheduler = CosineAnnealingWarmRestarts(optimizer, T_0=config["restart_epochs"] * len(loader))
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)

    for _ in range(config["epochs"]):
        model.train()
        for x, y in loader:
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(model(x), y)
            loss.backward()
            optimizer.step()
            scheduler.step()
            monitor.step(loss)
        model.eval()
        with torch.no_grad():
            error = nn.functional.mse_loss(model(noisy), clean).item()
        monitor.evaluate(loss=error)
    monitor.close()
    print(f"score: {1 - error / clean.var().item():.4f}")


if __name__ == "__main__":
    main()
