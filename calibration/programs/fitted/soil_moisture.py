"""Soil moisture from satellite bands: a regression network."""

import argparse

import torch
from torch import nn

from neural_trainer.live.monitor import Monitor

BANDS = 25


def satellite(n, weights):
    x = torch.randn(n, BANDS)
    y = x @ weights + 0.4 * torch.tanh(x[:, 0] * x[:, 1]) + 0.5 * torch.randn(n)
    return x, y


def mlp(*sizes):
    layers = []
    for a, b in zip(sizes, sizes[1:], strict=False):
        layers += [nn.Linear(a, b), nn.SiLU()]
    return nn.Sequential(*layers[:-1])


def train_step(model, optimizer, x, y):
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(x).squeeze(1), y)
    loss.backward()
    optimizer.step()
    return loss.item()


@torch.no_grad()
def validation_loss(model, x, y):
    return nn.functional.mse_loss(model(x).squeeze(1), y).item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    weights = torch.randn(BANDS) / BANDS**0.5
    x, y = satellite(6000, weights)
    x_val, y_val = x[5000:], y[5000:]
    x, y = x[:80], y[:80]

    cfg = {"lr": 1e-3, "batch_size": 40, "steps": 600, "hidden": 256, "train_rows": len(x)}
    model = mlp(BANDS, cfg["hidden"], cfg["hidden"], 1)
    optimizer = torch.optim.Adam(model.parameters(), lr=cfg["lr"])
    monitor = Monitor(args.out, model, optimizer, cfg, activations=True, judge=False)

    order = torch.randperm(len(x))
    cursor = 0
    for step in range(1, cfg["steps"] + 1):
        if cursor + cfg["batch_size"] > len(x):
            order, cursor = torch.randperm(len(x)), 0
        rows = order[cursor : cursor + cfg["batch_size"]]
        cursor += cfg["batch_size"]
        loss = train_step(model, optimizer, x[rows], y[rows])
        monitor.step(loss)
        if step % 30 == 0:
            val = validation_loss(model, x_val, y_val)
            monitor.evaluate(loss=val)
            print(f"step {step}: train {loss:.3f} val {val:.3f}")

    monitor.close()
    print(f"score: {1 - val / y_val.var().item():.4f}")


if __name__ == "__main__":
    main()
