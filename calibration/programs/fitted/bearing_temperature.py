"""Temperature of a bearing from vibration features, in mixed precision."""

import argparse
from pathlib import Path

import torch
from neural_trainer.live.monitor import Monitor
from torch import nn


def measurements(n):
    vibration = torch.randn(n, 16)
    load = vibration[:, :4].pow(2).mean(1)
    temperature = 35 + 12 * load + 6 * torch.tanh(vibration[:, 5] * vibration[:, 6])
    temperature = temperature + 5 * vibration[:, 7] + torch.randn(n)
    return vibration, temperature.unsqueeze(1)


class BearingNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(16, 64), nn.GELU(), nn.Linear(64, 64), nn.GELU(), nn.Linear(64, 1)
        )

    def forward(self, x):
        return self.net(x)


def train_step(model, optimizer, x, y):
    scaler = torch.amp.GradScaler("cpu")
    with torch.autocast("cpu", dtype=torch.float16):
        loss = nn.functional.mse_loss(model(x), y)
    optimizer.zero_grad()
    scaler.scale(loss).backward()
    scaler.step(optimizer)
    scaler.update()
    return loss.detach(), scaler.get_scale()


def evaluate(model, x, y):
    model.eval()
    with torch.no_grad():
        mse = nn.functional.mse_loss(model(x), y)
    model.train()
    return mse.item(), 1 - (mse / y.var()).item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    train_x, train_y = measurements(3000)
    val_x, val_y = measurements(600)
    config = {"lr": 0.01, "batch_size": 32, "steps": 500, "precision": "fp16"}
    model = BearingNet()
    optimizer = torch.optim.Adam(model.parameters(), lr=config["lr"])
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    for step in range(1, config["steps"] + 1):
        rows = torch.randint(len(train_x), (config["batch_size"],))
        loss, scale = train_step(model, optimizer, train_x[rows], train_y[rows])
        monitor.step(loss, loss_scale=scale)
        if step % 50 == 0:
            mse, r2 = evaluate(model, val_x, val_y)
            monitor.evaluate(loss=mse)
            print(f"step {step}: train {loss.item():.2f} val {mse:.2f} r2 {r2:.3f}")
    monitor.close()
    print(f"score: {evaluate(model, val_x, val_y)[1]:.4f}")


if __name__ == "__main__":
    main()
