"""Expected size of a claim from the features of a policy."""

import argparse
from pathlib import Path

import torch
from neural_trainer.live.monitor import Monitor
from torch import nn
from torch.optim.lr_scheduler import LambdaLR

CONFIG = {"lr": 0.03, "momentum": 0.5, "batch_size": 64, "max_norm": 2.0, "steps": 600}


def expected(x):
    return torch.tanh(x[:, 0] + x[:, 1]) + 0.5 * x[:, 2] * (x[:, 3] > 0) + 0.4 * x[:, 4]


def claims(n):
    x = torch.randn(n, 10)
    noise = 0.25 * torch.randn(n)
    rare = (torch.rand(n) < 0.0005).float()
    return x, expected(x) + noise + rare * 40 * torch.randn(n).sign()


class ClaimModel(nn.Module):
    def __init__(self, width=64):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(10, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, 1)
        )

    def forward(self, x):
        return self.layers(x).squeeze(1)


def step_once(model, optimizer, scheduler, x, y):
    loss = ((model(x) - y) ** 2).mean()
    optimizer.zero_grad()
    loss.backward()
    norm = nn.utils.clip_grad_norm_(model.parameters(), CONFIG["max_norm"])
    optimizer.step()
    scheduler.step()
    return loss.item(), norm.item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    model = ClaimModel()
    optimizer = torch.optim.SGD(model.parameters(), lr=CONFIG["lr"], momentum=CONFIG["momentum"])
    scheduler = LambdaLR(
        optimizer, lambda s: min((s + 1) / 20, 1.0) * max(0.05, 1 - s / CONFIG["steps"])
    )
    monitor = Monitor(args.out, model, optimizer, CONFIG, activations=True, judge=False)
    test_x = torch.randn(1000, 10)
    test_y = expected(test_x)
    for step in range(1, CONFIG["steps"] + 1):
        loss, norm = step_once(model, optimizer, scheduler, *claims(CONFIG["batch_size"]))
        monitor.step(loss, grad_norm=norm)
        if step % 60 == 0:
            with torch.no_grad():
                error = ((model(test_x) - test_y) ** 2).mean().item()
            monitor.evaluate(loss=error)
    monitor.close()
    print(f"score: {1 - error / test_y.var().item():.4f}")


if __name__ == "__main__":
    main()
