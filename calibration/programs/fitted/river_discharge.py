"""A river's discharge over the year from date and rainfall."""

import argparse
import math

import torch
from torch import nn

from neural_trainer.live.monitor import Monitor


def gauge_records(n):
    """Readings of one year."""
    day = torch.linspace(0, 365, n)
    rain = torch.rand(n)
    season = torch.sin(2 * math.pi * day / 365 * 2) + 0.5 * torch.cos(2 * math.pi * day / 365)
    discharge = season + 0.8 * rain + 0.1 * torch.randn(n)
    x = torch.stack([day / 182.5 - 1, 2 * rain - 1], dim=1)
    return x, (discharge - discharge.mean()) / discharge.std()


class DischargeNet(nn.Module):
    def __init__(self, hidden=64):
        super().__init__()
        self.l1 = nn.Linear(2, hidden)
        self.l2 = nn.Linear(hidden, hidden)
        self.l3 = nn.Linear(hidden, 1)

    def forward(self, x):
        h = torch.relu(self.l1(x))
        h = torch.relu(self.l2(h))
        return self.l3(h).squeeze(-1)


def batches(x, y, size):
    order = torch.arange(len(x))
    for i in range(0, len(x), size):
        rows = order[i : i + size]
        yield x[rows], y[rows]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    x, y = gauge_records(4000)
    held = torch.rand(len(x)) < 0.2
    x_train, y_train, x_val, y_val = x[~held], y[~held], x[held], y[held]
    cfg = {"lr": 3e-3, "batch_size": 64, "epochs": 14}
    net = DischargeNet()
    optimizer = torch.optim.Adam(net.parameters(), lr=cfg["lr"])
    mse = nn.MSELoss()
    monitor = Monitor(args.out, net, optimizer, cfg, activations=True, judge=False)

    for epoch in range(cfg["epochs"]):
        for xb, yb in batches(x_train, y_train, cfg["batch_size"]):
            loss = mse(net(xb), yb)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            monitor.step(loss)
        with torch.no_grad():
            val = mse(net(x_val), y_val).item()
        monitor.evaluate(loss=val)
        print(f"epoch {epoch + 1}: validation {val:.4f}")

    monitor.close()
    print(f"score: {1 - val / y_val.var().item():.4f}")


if __name__ == "__main__":
    main()
