"""Predict hourly power demand from weather and calendar features."""

import argparse
import math

import numpy as np
import torch
from neural_trainer.live.monitor import Monitor
from torch import nn
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import DataLoader, Dataset


class DemandData(Dataset):
    def __init__(self, hours, seed):
        rng = np.random.default_rng(seed)
        hour = rng.uniform(0, 24, hours)
        day = rng.integers(0, 7, hours)
        temperature = rng.normal(12, 8, hours)
        wind = rng.gamma(2.0, 2.0, hours)
        demand = (
            50
            + 12 * np.sin((hour - 6) / 24 * 2 * math.pi)
            + 5 * np.sin(hour / 12 * 2 * math.pi)
            - 7 * (day >= 5)
            + 0.06 * (temperature - 18) ** 2
            + 0.4 * wind * (temperature < 5)
            + rng.normal(0, 1.0, hours)
        )
        features = np.stack(
            [hour / 12 - 1, day / 3 - 1, (temperature - 12) / 8, (wind - 4) / 3], axis=1
        )
        self.features = torch.tensor(features, dtype=torch.float32)
        self.demand = torch.tensor((demand - 56) / 12, dtype=torch.float32)

    def __len__(self):
        return len(self.demand)

    def __getitem__(self, i):
        return self.features[i], self.demand[i]


def r2(model, data):
    model.eval()
    with torch.no_grad():
        error = (model(data.features).squeeze(-1) - data.demand).pow(2).mean()
    return error.item(), 1 - (error / data.demand.var()).item()


parser = argparse.ArgumentParser()
parser.add_argument("--out", required=True)
parser.add_argument("--seed", type=int, default=0)
args = parser.parse_args()
torch.manual_seed(args.seed)
torch.set_num_threads(1)

config = {"lr": 0.004, "batch_size": 64, "epochs": 16, "schedule": "polynomial"}
train_data, val_data = DemandData(2400, 1), DemandData(600, 2)
loader = DataLoader(train_data, batch_size=config["batch_size"], shuffle=True)
model = nn.Sequential(nn.Linear(4, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 1))
optimizer = torch.optim.AdamW(model.parameters(), lr=config["lr"], weight_decay=1e-3)
total_steps = len(loader)
scheduler = LambdaLR(optimizer, lambda step: max(0.0, 1 - step / total_steps) ** 0.9)
monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)

for epoch in range(config["epochs"]):
    model.train()
    for features, demand in loader:
        prediction = model(features).squeeze(-1)
        loss = nn.functional.huber_loss(prediction, demand)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        monitor.step(loss)
    val_error, val_r2 = r2(model, val_data)
    monitor.evaluate(loss=val_error)
    print(f"{epoch:2d} validation mse {val_error:.4f} r2 {val_r2:.4f}")
monitor.close()
print(f"score: {val_r2:.4f}")
