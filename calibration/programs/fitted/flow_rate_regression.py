"""Predict the flow rate in a pipe network from twelve gauges."""

import argparse
from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import nn

from neural_trainer.live.monitor import Monitor


@dataclass
class Settings:
    lr: float = 1e-3
    batch_size: int = 64
    steps: int = 500
    width: int = 128
    eval_every: int = 50


class FlowNet(nn.Module):
    def __init__(self, inputs, width):
        super().__init__()
        self.input = nn.Linear(inputs, width)
        self.mid1 = nn.Linear(width, width)
        self.mid2 = nn.Linear(width, width)
        self.output = nn.Linear(width, 1)
        for layer in (self.input, self.mid1, self.mid2, self.output):
            nn.init.normal_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, x):
        x = F.relu(self.input(x))
        x = F.relu(self.mid1(x))
        x = F.relu(self.mid2(x))
        return self.output(x).squeeze(-1)


def gauges(n):
    x = torch.randn(n, 12)
    y = torch.sin(x[:, 0]) + 0.7 * x[:, 1] * x[:, 2] + 0.5 * x[:, 3] - 0.4 * x[:, 4].abs()
    y = y + 0.1 * torch.randn(n)
    return x, (y - y.mean()) / y.std()


def r2(model, x, y):
    with torch.no_grad():
        residual = (model(x) - y).pow(2).sum()
    return (1 - residual / (y - y.mean()).pow(2).sum()).item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    s = Settings()

    x, y = gauges(5000)
    x_train, y_train, x_val, y_val = x[:4000], y[:4000], x[4000:], y[4000:]
    model = FlowNet(12, s.width)
    optimizer = torch.optim.Adam(model.parameters(), lr=s.lr)
    monitor = Monitor(args.out, model, optimizer, asdict(s), activations=True, judge=False)

    for step in range(1, s.steps + 1):
        pick = torch.randint(0, len(x_train), (s.batch_size,))
        loss = F.mse_loss(model(x_train[pick]), y_train[pick])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        monitor.step(loss)
        if step % s.eval_every == 0:
            with torch.no_grad():
                val_loss = F.mse_loss(model(x_val), y_val).item()
            monitor.evaluate(loss=val_loss)
            print(f"step {step}  train {loss.item():.4f}  val {val_loss:.4f}")

    monitor.close()
    print(f"score: {r2(model, x_val, y_val):.4f}")


if __name__ == "__main__":
    main()
