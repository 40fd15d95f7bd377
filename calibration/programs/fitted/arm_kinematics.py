"""Learn the forward kinematics of a three-joint planar arm."""

import argparse
import math

import torch
from torch import nn

from neural_trainer.live.monitor import Monitor


class ScaledTanh(nn.Module):
    """tanh with a slope, as in LeCun's 1.7159 * tanh(2x / 3)."""

    def __init__(self, slope):
        super().__init__()
        self.slope = slope

    def forward(self, x):
        return 1.7159 * torch.tanh(self.slope * x)


class ArmModel(nn.Module):
    def __init__(self, hidden, slope):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(3, hidden),
            ScaledTanh(slope),
            nn.Linear(hidden, hidden),
            ScaledTanh(slope),
            nn.Linear(hidden, hidden),
            ScaledTanh(slope),
            nn.Linear(hidden, 2),
        )

    def forward(self, angles):
        return self.net(angles)


def simulate(n):
    angles = (torch.rand(n, 3) * 2 - 1) * math.pi / 2
    lengths = torch.tensor([1.0, 0.7, 0.4])
    total = angles.cumsum(dim=1)
    xy = torch.stack([(lengths * total.cos()).sum(1), (lengths * total.sin()).sum(1)], dim=1)
    return angles, xy


def run(args):
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    angles, xy = simulate(5000)
    train, test = slice(0, 4000), slice(4000, 5000)

    config = {"lr": 1e-3, "batch_size": 100, "epochs": 15, "hidden": 64}
    model = ArmModel(config["hidden"], slope=20.0)
    optimizer = torch.optim.Adam(model.parameters(), lr=config["lr"])
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=config["epochs"])
    loss_fn = nn.MSELoss()
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)

    for epoch in range(config["epochs"]):
        for idx in torch.randperm(4000).split(config["batch_size"]):
            pred = model(angles[train][idx])
            loss = loss_fn(pred, xy[train][idx])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            monitor.step(loss)
        scheduler.step()
        with torch.no_grad():
            val = loss_fn(model(angles[test]), xy[test]).item()
        monitor.evaluate(loss=val)
        print(f"epoch {epoch}: {val:.5f}")

    monitor.close()
    variance = xy[test].var(dim=0).mean().item()
    print(f"score: {1 - val / variance:.4f}")


if __name__ == "__main__":
    ap = argparse.ArgumentParser()
    ap.add_argument("--out", required=True)
    ap.add_argument("--seed", type=int, default=0)
    run(ap.parse_args())
