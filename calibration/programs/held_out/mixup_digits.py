"""Digits with mixup."""

import argparse

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

from neural_trainer.live.monitor import Monitor


def mixup(x, y, alpha):
    lam = float(np.random.beta(alpha, alpha))
    partner = torch.randperm(len(x))
    return lam * x + (1 - lam) * x[partner], y, y[partner], lam


class DigitNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 24, 3, padding=1)
        self.conv2 = nn.Conv2d(24, 48, 3, padding=1)
        self.fc1 = nn.Linear(48 * 4, 96)
        self.fc2 = nn.Linear(96, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.fc2(F.relu(self.fc1(x.flatten(1))))


def train_one_epoch(model, x, y, optimizer, scheduler, config, monitor):
    model.train()
    for idx in torch.randperm(len(x)).split(config["batch_size"]):
        mixed, y_a, y_b, lam = mixup(x[idx], y[idx], config["mixup_alpha"])
        logits = model(mixed)
        loss = lam * F.cross_entropy(logits, y_a) + (1 - lam) * F.cross_entropy(logits, y_b)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        monitor.step(loss)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    np.random.seed(args.seed)
    torch.set_num_threads(1)

    digits = load_digits()
    parts = train_test_split(
        digits.images / 16, digits.target, test_size=0.25, random_state=args.seed
    )
    x, x_val = (torch.tensor(p, dtype=torch.float32).unsqueeze(1) for p in parts[:2])
    y, y_val = (torch.tensor(p) for p in parts[2:])
    config = {"lr": 3e-3, "batch_size": 64, "epochs": 20, "mixup_alpha": 1.0}
    model = DigitNet()
    optimizer = torch.optim.AdamW(model.parameters(), lr=config["lr"], weight_decay=0.01)
    total = config["epochs"] * -(-len(x) // config["batch_size"])
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=config["lr"], total_steps=total
    )
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    for _ in range(config["epochs"]):
        train_one_epoch(model, x, y, optimizer, scheduler, config, monitor)
        model.eval()
        with torch.no_grad():
            logits = model(x_val)
        accuracy = (logits.argmax(1) == y_val).float().mean().item()
        monitor.evaluate(loss=F.cross_entropy(logits, y_val).item(), accuracy=accuracy)
    monitor.close()
    print(f"score: {accuracy:.4f}")


if __name__ == "__main__":
    main()
