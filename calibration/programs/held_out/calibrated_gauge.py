"""Calibrate a gauge: the true value and its uncertainty, by Gaussian likelihood."""

import argparse

import torch
from torch import nn

from neural_trainer.live.monitor import Monitor

parser = argparse.ArgumentParser()
parser.add_argument("--out", required=True)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--lr", type=float, default=2e-3)
args = parser.parse_args()
torch.manual_seed(args.seed)
torch.set_num_threads(1)


def readings(n):
    voltage = torch.rand(n, 3) * 2 - 1
    true = torch.sin(2 * voltage[:, 0]) * 0.6 + 0.3 * voltage[:, 1] ** 2
    spread = 0.02 + 0.03 * (voltage[:, 2] > 0)
    return voltage, true + spread * torch.randn(n)


class Gauge(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(3, 64), nn.SiLU(), nn.Linear(64, 64), nn.SiLU())
        self.mean = nn.Linear(64, 1)
        self.log_var = nn.Linear(64, 1)

    def forward(self, x):
        h = self.trunk(x)
        return self.mean(h).squeeze(1), self.log_var(h).squeeze(1).clamp(-10, 4)


def step(batch):
    mean, log_var = model(batch[0])
    return criterion(mean, batch[1], log_var.exp()), mean


x, y = readings(4000)
x_val, y_val = readings(1000)
model = Gauge()
criterion = nn.GaussianNLLLoss()
optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr)
steps = 600
scheduler = torch.optim.lr_scheduler.LambdaLR(
    optimizer, lambda s: min(1.0, (s + 1) / 30) * max(0.02, 1 - s / steps)
)
monitor = Monitor(
    args.out, model, optimizer, {"lr": args.lr, "batch_size": 100}, activations=True, judge=False
)
for i in range(steps):
    idx = torch.randint(len(x), (100,))
    loss, _ = step((x[idx], y[idx]))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    scheduler.step()
    monitor.step(loss)
    if i % 60 == 59:
        with torch.no_grad():
            val_loss, mean = step((x_val, y_val))
        monitor.evaluate(loss=val_loss.item())
monitor.close()
r2 = 1 - (mean - y_val).pow(2).mean() / y_val.var(unbiased=False)
print(f"score: {r2.item():.4f}")
