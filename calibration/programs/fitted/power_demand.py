"""Predict tomorrow's electricity demand from the last two days."""

import argparse
import math
from pathlib import Path

import torch
from neural_trainer.live.monitor import Monitor
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def demand_curve(hours):
    t = torch.arange(hours, dtype=torch.float32)
    daily = torch.sin(2 * math.pi * t / 24) + 0.4 * torch.sin(4 * math.pi * t / 24 + 0.7)
    weekly = 0.6 * torch.cos(2 * math.pi * t / 168)
    drift = torch.cumsum(0.03 * torch.randn(hours), dim=0)
    drift = drift - drift.mean()
    return daily * (1 + 0.3 * weekly) + weekly + 0.3 * drift + 0.1 * torch.randn(hours)


def windows(series, history=48, horizon=24):
    frames = series.unfold(0, history + horizon, 1)
    return frames[:, :history].contiguous(), frames[:, history:].contiguous()


class Forecaster(nn.Module):
    def __init__(self, history, horizon, width=96):
        super().__init__()
        self.trunk = nn.Sequential(
            nn.Linear(history, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU()
        )
        self.out = nn.Linear(width, horizon)

    def forward(self, past):
        return self.out(self.trunk(past))


class Trainer:
    def __init__(self, model, loader, val, epochs, lr, out):
        self.model, self.loader, self.val, self.epochs = model, loader, val, epochs
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=1e-4)
        total_steps = len(loader)
        self.scheduler = torch.optim.lr_scheduler.LambdaLR(
            self.optimizer, lambda step: max(0.0, 1.0 - step / total_steps)
        )
        config = {"lr": lr, "epochs": epochs, "batch_size": loader.batch_size, "schedule": "linear"}
        self.monitor = Monitor(out, model, self.optimizer, config, activations=True, judge=False)

    def fit(self):
        for _ in range(self.epochs):
            self.model.train()
            for past, future in self.loader:
                loss = nn.functional.smooth_l1_loss(self.model(past), future)
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
                self.scheduler.step()
                self.monitor.step(loss)
            self.monitor.evaluate(loss=self.validate()[0])
        self.monitor.close()

    @torch.no_grad()
    def validate(self):
        self.model.eval()
        past, future = self.val
        forecast = self.model(past)
        r2 = 1 - ((forecast - future) ** 2).mean() / future.var()
        return nn.functional.smooth_l1_loss(forecast, future).item(), r2.item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    series = demand_curve(2000)
    train_past, train_future = windows(series[:1600])
    loader = DataLoader(TensorDataset(train_past, train_future), batch_size=64, shuffle=True)
    model = Forecaster(48, 24)
    trainer = Trainer(model, loader, windows(series[1600:]), epochs=20, lr=1e-3, out=args.out)
    trainer.fit()
    print(f"score: {trainer.validate()[1]:.4f}")


if __name__ == "__main__":
    main()
