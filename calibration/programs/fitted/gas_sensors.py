"""Identify a gas from the response curve of a chemical sensor."""

import argparse
import math
from pathlib import Path

import torch
from neural_trainer.live.monitor import Monitor
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

GASES, POINTS = 5, 40


def curves(n):
    gas = torch.randint(GASES, (n,))
    t = torch.linspace(0, 1, POINTS)
    rise = (2.0 + 2.0 * gas + 0.5 * torch.randn(n)).unsqueeze(1)
    level = 0.5 + torch.rand(n, 1)
    response = level * (1 - torch.exp(-rise * t)) * torch.exp(-0.3 * rise * t)
    response = response + 0.03 * torch.randn(n, POINTS)
    gain = 0.032 + torch.rand(n, 1)
    return torch.round(40 * gain * response.clamp(min=0)) / 40, gas


def standardise(curve):
    return (curve - curve.mean(1, keepdim=True)) / curve.std(1, keepdim=True)


class Meter:
    """Smoothed value for the progress bar and the log."""

    def __init__(self, decay=0.9):
        self.decay, self.value = decay, None

    def update(self, x):
        if self.value is None:
            self.value = x
        elif not math.isnan(x):
            self.value = self.decay * self.value + (1 - self.decay) * x
        return self.value


class CurveNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(1, 16, 7, stride=2)
        self.head = nn.Sequential(nn.Linear(16 * 17, 48), nn.ReLU(), nn.Linear(48, GASES))

    def forward(self, curve):
        h = torch.relu(self.conv(standardise(curve).unsqueeze(1)))
        return self.head(h.flatten(1))


def train_epoch(model, loader, optimizer, meter, monitor):
    model.train()
    for curve, gas in loader:
        logits = model(curve)
        loss = nn.functional.cross_entropy(logits, gas)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        shown = meter.update(loss.item())
        monitor.step(shown)


@torch.no_grad()
def accuracy(model, curve, gas):
    model.eval()
    return (model(curve).argmax(1) == gas).float().mean().item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    loader = DataLoader(TensorDataset(*curves(6000)), batch_size=40, shuffle=True)
    test_curve, test_gas = curves(500)
    model = CurveNet()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    config = {"lr": 2e-3, "batch_size": 40, "epochs": 3}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    meter = Meter()
    for epoch in range(config["epochs"]):
        train_epoch(model, loader, optimizer, meter, monitor)
        print(f"epoch {epoch}: loss {meter.value:.4f}")
    monitor.close()
    print(f"score: {accuracy(model, test_curve, test_gas):.4f}")


if __name__ == "__main__":
    main()
