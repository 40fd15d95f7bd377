"""Forecast the next hour's temperature from a day of station readings."""

import argparse
import math

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, Subset

from neural_trainer.live.monitor import Monitor

TRAIN_HOURS = 2000


def station_log(hours, gen):
    t = torch.arange(hours, dtype=torch.float32)
    noise = torch.randn(hours, 4, generator=gen)
    front = torch.sin(2 * math.pi * t / 61.0 + 0.3)
    pressure = 101325 + 900 * front + 60 * noise[:, 0]
    light = 40000 * torch.clamp(torch.sin(2 * math.pi * t / 24.0), min=0) + 500 * noise[:, 1].abs()
    humidity = 60 - 20 * torch.sin(2 * math.pi * t / 24.0 - 0.5) + 3 * noise[:, 2]
    temp = 12 + 6 * torch.sin(2 * math.pi * t / 24.0 - 0.8) + 4 * front + 0.4 * noise[:, 3]
    return torch.stack([temp, humidity, pressure, light], dim=1)


class WindowDataset(Dataset):
    def __init__(self, log, window=24):
        self.window = window
        self.inputs = log
        temp = log[:, 0]
        self.targets = (temp - temp[:TRAIN_HOURS].mean()) / temp[:TRAIN_HOURS].std()

    def __len__(self):
        return len(self.inputs) - self.window

    def __getitem__(self, i):
        return self.inputs[i : i + self.window], self.targets[i + self.window]


class Forecaster(nn.Module):
    def __init__(self, features=4, hidden=32):
        super().__init__()
        self.gru = nn.GRU(features, hidden, batch_first=True)
        self.head = nn.Linear(hidden, 1)

    def forward(self, x):
        _, h = self.gru(x)
        return self.head(h[-1]).squeeze(-1)


def evaluate(model, loader):
    model.eval()
    preds, trues = [], []
    with torch.no_grad():
        for x, y in loader:
            preds.append(model(x))
            trues.append(y)
    pred, true = torch.cat(preds), torch.cat(trues)
    mse = torch.mean((pred - true) ** 2).item()
    return mse, 1 - mse / true.var(unbiased=False).item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    log = station_log(2400, torch.Generator().manual_seed(args.seed))
    dataset = WindowDataset(log)
    train_set = Subset(dataset, range(TRAIN_HOURS - dataset.window))
    val_set = Subset(dataset, range(TRAIN_HOURS, len(dataset)))
    train_loader = DataLoader(train_set, batch_size=64, shuffle=True)
    val_loader = DataLoader(val_set, batch_size=256)

    model = Forecaster()
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3, weight_decay=0.01)
    loss_fn = nn.MSELoss()
    config = {"lr": 4e-3, "batch_size": 64, "hidden": 32, "epochs": 10}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    for epoch in range(config["epochs"]):
        model.train()
        for x, y in train_loader:
            optimizer.zero_grad()
            loss = loss_fn(model(x), y)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimizer.step()
            monitor.step(loss)
        mse, r2 = evaluate(model, val_loader)
        monitor.evaluate(loss=mse)
        print(f"epoch {epoch}: val mse {mse:.4f}, r2 {r2:.3f}")
    monitor.close()
    print(f"score: {r2:.4f}")


if __name__ == "__main__":
    main()
