"""Predict turbine output power from sensor readings."""

import argparse
from dataclasses import asdict, dataclass

import torch
from torch import nn

from neural_trainer.live.monitor import Monitor


@dataclass
class Config:
    width: int = 48
    depth: int = 9
    lr: float = 0.02
    momentum: float = 0.9
    batch_size: int = 64
    epochs: int = 16


def simulate(n, gen):
    x = torch.randn(n, 8, generator=gen)
    power = 2.0 * torch.sin(x[:, 0] + 0.5 * x[:, 1]) + x[:, 2] * x[:, 3] - 0.8 * x[:, 4].abs()
    power = power + 0.5 * x[:, 5] + 0.1 * torch.randn(n, generator=gen)
    return x, power.unsqueeze(1)


class PowerNet(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.inp = nn.Linear(8, cfg.width)
        self.hidden = nn.ModuleList([nn.Linear(cfg.width, cfg.width) for _ in range(cfg.depth)])
        self.out = nn.Linear(cfg.width, 1)

    def forward(self, x):
        h = torch.tanh(self.inp(x))
        for layer in self.hidden:
            h = torch.sigmoid(layer(h))
        return self.out(h)


def run_epoch(model, x, y, cfg, optimizer, monitor):
    model.train()
    for index in torch.randperm(len(x)).split(cfg.batch_size):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x[index]), y[index])
        loss.backward()
        optimizer.step()
        monitor.step(loss)


@torch.no_grad()
def validate(model, x, y):
    model.eval()
    error = nn.functional.mse_loss(model(x), y).item()
    return error, 1 - error / y.var(unbiased=False).item()


if __name__ == "__main__":
    cli = argparse.ArgumentParser()
    cli.add_argument("--out", required=True)
    cli.add_argument("--seed", type=int, default=0)
    args = cli.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    cfg = Config()
    gen = torch.Generator().manual_seed(args.seed + 100)
    x, y = simulate(2500, gen)
    mean, std = y[:2000].mean(), y[:2000].std()
    y = (y - mean) / std
    x_train, y_train, x_val, y_val = x[:2000], y[:2000], x[2000:], y[2000:]

    model = PowerNet(cfg)
    optimizer = torch.optim.SGD(model.parameters(), lr=cfg.lr, momentum=cfg.momentum)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=cfg.epochs)
    monitor = Monitor(args.out, model, optimizer, asdict(cfg), activations=True, judge=False)
    for _ in range(cfg.epochs):
        run_epoch(model, x_train, y_train, cfg, optimizer, monitor)
        scheduler.step()
        val_loss, r2 = validate(model, x_val, y_val)
        monitor.evaluate(loss=val_loss, r2=r2)
    monitor.close()
    print(f"score: {r2:.4f}")
