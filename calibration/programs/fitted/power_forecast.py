"""Forecast the next hour of a power grid's load with a GRU."""

import argparse
import math

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from neural_trainer.live.monitor import Monitor


def load_curve(n):
    t = torch.arange(n, dtype=torch.float32)
    curve = torch.sin(2 * math.pi * t / 24) + 0.6 * torch.sin(2 * math.pi * t / 7.3)
    curve = curve * (1 + 0.4 * torch.sin(2 * math.pi * t / 168)) + 0.05 * torch.randn(n)
    return (curve - curve.mean()) / curve.std()


def windows(series, length):
    x = series.unfold(0, length, 1)[:-1].unsqueeze(-1)
    return x, series[length:]


class Forecaster(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.gru = nn.GRU(1, hidden, batch_first=True)
        self.out = nn.Linear(hidden, 1)

    def forward(self, x):
        h, _ = self.gru(x)
        return self.out(h[:, -1]).squeeze(-1)


class Trainer:
    def __init__(self, model, out, lr=4e-4, epochs=3, batch_size=32):
        self.model, self.epochs = model, epochs
        self.batch_size = batch_size
        self.optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        self.loss_fn = nn.MSELoss()
        config = {"lr": lr, "epochs": epochs, "batch_size": batch_size}
        self.monitor = Monitor(out, model, self.optimizer, config, activations=True, judge=False)

    def fit(self, train, val):
        loader = DataLoader(train, batch_size=self.batch_size, shuffle=True)
        step = 0
        for _ in range(self.epochs):
            for x, y in loader:
                self.optimizer.zero_grad()
                loss = self.loss_fn(self.model(x), y)
                loss.backward()
                self.optimizer.step()
                self.monitor.step(loss)
                step += 1
                if step % 25 == 0:
                    self.monitor.evaluate(loss=self.evaluate(val))
        self.monitor.close()

    @torch.no_grad()
    def evaluate(self, data):
        x, y = data.tensors
        return self.loss_fn(self.model(x), y).item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    series = load_curve(3000)
    train = TensorDataset(*windows(series[:2400], 24))
    val = TensorDataset(*windows(series[2400:], 24))
    trainer = Trainer(Forecaster(), args.out)
    trainer.fit(train, val)
    mse = trainer.evaluate(val)
    print(f"val mse {mse:.4f}")
    print(f"score: {1 - mse / val.tensors[1].var().item():.4f}")


if __name__ == "__main__":
    main()
