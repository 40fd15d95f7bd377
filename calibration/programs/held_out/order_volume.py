"""Forecast tomorrow's order volume from the last three weeks with a GRU."""

import argparse

import numpy as np
import torch
import torch.nn as nn
from neural_trainer.live.monitor import Monitor

parser = argparse.ArgumentParser()
parser.add_argument("--out", required=True)
parser.add_argument("--seed", type=int, default=0)
opt = parser.parse_args()
torch.manual_seed(opt.seed)
torch.set_num_threads(1)

WINDOW, BATCH, EPOCHS, LR = 21, 50, 14, 0.015

rng = np.random.default_rng(8)
days = np.arange(1900)
weekly = np.array([0.2, 0.5, 0.7, 0.6, 1.0, -0.9, -1.4])[days % 7]
yearly = 0.8 * np.sin(2 * np.pi * days / 365)
promotion = np.zeros(len(days))
promotion[rng.choice(len(days), 120, replace=False)] = 1.5
promotion = promotion + 0.6 * np.roll(promotion, 1) + 0.3 * np.roll(promotion, 2)
series = weekly + yearly + promotion + rng.normal(0, 0.15, len(days))
series = torch.tensor((series - series.mean()) / series.std(), dtype=torch.float32)

windows = series.unfold(0, WINDOW + 1, 1)
inputs, targets = windows[:, :-1].unsqueeze(-1), windows[:, -1]
split = 1500
x_train, y_train = inputs[:split], targets[:split]
x_val, y_val = inputs[split + WINDOW :], targets[split + WINDOW :]


class Forecaster(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.gru = nn.GRU(1, hidden, batch_first=True)
        self.readout = nn.Linear(hidden, 1)

    def forward(self, x):
        states, _ = self.gru(x)
        return self.readout(states[:, -1]).squeeze(-1)


model = Forecaster()
optimizer = torch.optim.RMSprop(model.parameters(), lr=LR)
loss_fn = nn.MSELoss()
monitor = Monitor(
    opt.out,
    model,
    optimizer,
    {"lr": LR, "batch_size": BATCH, "epochs": EPOCHS, "window": WINDOW},
    activations=True,
    judge=False,
)

for epoch in range(EPOCHS):
    model.train()
    optimizer.zero_grad()
    order = torch.randperm(split)
    for i in range(0, split, BATCH):
        idx = order[i : i + BATCH]
        loss = loss_fn(model(x_train[idx]), y_train[idx])
        loss.backward()
        optimizer.step()
        monitor.step(loss)
    model.eval()
    with torch.no_grad():
        val_loss = loss_fn(model(x_val), y_val).item()
    monitor.evaluate(loss=val_loss)
    print(f"epoch {epoch} val mse {val_loss:.4f}")

monitor.close()
print(f"score: {1 - val_loss / y_val.var().item():.4f}")
