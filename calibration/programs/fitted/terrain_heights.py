"""Height of a terrain at a point, from random Fourier features, in half precision."""

import argparse
import math
from pathlib import Path

import torch
from neural_trainer.live.monitor import Monitor
from torch import nn


def height(p):
    x, y = p[:, 0], p[:, 1]
    hills = torch.sin(3 * x) * torch.cos(2 * y) + 0.5 * torch.sin(5 * x + 4 * y)
    return hills + torch.exp(-4 * (p**2).sum(1))


class Terrain(nn.Module):
    def __init__(self, features=48, width=96):
        super().__init__()
        self.register_buffer("frequency", 1.5 * torch.randn(2, features))
        self.net = nn.Sequential(
            nn.Linear(2 * features, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU()
        )
        self.out = nn.Linear(width, 1)

    def forward(self, p):
        angle = math.pi * p @ self.frequency / 2
        return self.out(self.net(torch.cat([angle.sin(), angle.cos()], dim=1))).squeeze(1)


class MixedPrecisionTrainer:
    def __init__(self, model, lr):
        self.model = model
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=1e-3)
        self.scaler = torch.amp.GradScaler("cpu", init_scale=2.0**24, growth_interval=200)

    def loss(self, p, z):
        with torch.autocast("cpu", dtype=torch.float16):
            return nn.functional.mse_loss(self.model(p).float(), z)

    def step(self, p, z):
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss(p, z)
        self.scaler.scale(loss).backward()
        self.scaler.unscale_(self.optimizer)
        nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        return loss.detach()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    train_p, test_p = torch.rand(3000, 2) * 2 - 1, torch.rand(800, 2) * 2 - 1
    train_z, test_z = height(train_p) + 0.05 * torch.randn(3000), height(test_p)
    config = {"lr": 2e-3, "batch_size": 64, "steps": 500, "precision": "fp16"}
    trainer = MixedPrecisionTrainer(Terrain(), config["lr"])
    monitor = Monitor(
        args.out, trainer.model, trainer.optimizer, config, activations=True, judge=False
    )
    for step in range(1, config["steps"] + 1):
        rows = torch.randint(3000, (config["batch_size"],))
        loss = trainer.step(train_p[rows], train_z[rows])
        monitor.step(loss, loss_scale=trainer.scaler.get_scale())
        if step % 50 == 0:
            with torch.no_grad():
                error = trainer.loss(test_p, test_z).item()
            monitor.evaluate(loss=error)
    monitor.close()
    print(f"score: {1 - error / test_z.var().item():.4f}")


if __name__ == "__main__":
    main()
