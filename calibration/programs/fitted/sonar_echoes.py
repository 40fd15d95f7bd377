"""Rock or mine from a simulated sonar echo."""

import argparse
from pathlib import Path

import torch
from neural_trainer.live.monitor import Monitor
from torch import nn


def echoes(n):
    band = torch.linspace(0, 1, 60)
    mine = (torch.rand(n) < 0.5).float()
    peak = 0.45 + 0.2 * torch.rand(n, 1) + 0.08 * mine[:, None]
    width = 0.12 + 0.05 * mine[:, None]
    curve = torch.exp(-(((band - peak) / width) ** 2))
    second = 0.4 * mine[:, None] * torch.exp(-(((band - peak + 0.3) / 0.05) ** 2))
    return curve + second + 0.25 * torch.randn(n, 60), mine


class EchoNet(nn.Module):
    def __init__(self, width=512):
        super().__init__()
        self.input = nn.Linear(60, width)
        self.blocks = nn.ModuleList(nn.Linear(width, width) for _ in range(2))
        self.output = nn.Linear(width, 1)

    def forward(self, x):
        h = torch.relu(self.input(x))
        for block in self.blocks:
            h = h + torch.relu(block(h))
        return self.output(h).squeeze(1)


def hits(logits, y):
    return ((logits > 0).float() == y).float().mean().item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    x, y = echoes(1600)
    x_val, y_val = echoes(500)
    model = EchoNet()
    criterion = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.01, total_steps=400)
    config = {"lr": 0.01, "batch_size": 32, "steps": 400, "schedule": "one cycle"}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    history = {"train": [], "val": []}

    for step in range(1, 401):
        rows = torch.randint(len(x), (32,))
        logits = model(x[rows])
        loss = criterion(logits, y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        history["train"].append(loss.item())
        monitor.step(loss, accuracy=hits(logits, y[rows]))
        if step % 8 == 0:
            model.eval()
            val_logits = model(x_val)
            history["val"].append(criterion(val_logits, y_val))
            monitor.evaluate(loss=history["val"][-1].item(), accuracy=hits(val_logits, y_val))
            model.train()

    monitor.close()
    best = min(float(v) for v in history["val"])
    print(f"best validation loss {best:.4f}")
    print(f"score: {hits(val_logits, y_val):.4f}")


if __name__ == "__main__":
    main()
