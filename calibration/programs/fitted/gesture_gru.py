"""Classify short accelerometer gestures with a GRU."""

import argparse
import math
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from neural_trainer.live.monitor import Monitor
from torch import nn


@dataclass
class Config:
    hidden: int = 48
    lr: float = 2e-6
    weight_decay: float = 0.01
    batch_size: int = 32
    steps: int = 400
    classes: int = 4


def make_gestures(n, classes, generator):
    t = torch.linspace(0, 1, 24)
    label = torch.randint(classes, (n,), generator=generator)
    phase = 2 * math.pi * torch.rand(n, 1, generator=generator)
    speed = 1.0 + label.float().unsqueeze(1)
    x = torch.sin(2 * math.pi * speed * t + phase)
    y = torch.cos(2 * math.pi * speed * t + phase)
    z = 0.1 * torch.randn(n, 24, generator=generator)
    signal = torch.stack([x, y, z], dim=-1)
    return signal + 0.4 * torch.randn(signal.shape, generator=generator), label


class GestureNet(nn.Module):
    def __init__(self, hidden, classes):
        super().__init__()
        self.gru = nn.GRU(3, hidden, batch_first=True)
        self.head = nn.Linear(hidden, classes)

    def forward(self, x):
        _, last = self.gru(x)
        return self.head(last[-1])


@torch.no_grad()
def evaluate(model, x, y):
    model.eval()
    logits = model(x)
    model.train()
    return F.cross_entropy(logits, y).item(), (logits.argmax(1) == y).float().mean().item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    cfg = Config()

    generator = torch.Generator().manual_seed(args.seed)
    x, y = make_gestures(2000, cfg.classes, generator)
    val_x, val_y = make_gestures(500, cfg.classes, generator)

    model = GestureNet(cfg.hidden, cfg.classes)
    optimizer = torch.optim.AdamW(model.parameters(), lr=cfg.lr, weight_decay=cfg.weight_decay)
    monitor = Monitor(args.out, model, optimizer, asdict(cfg), activations=True, judge=False)

    for step in range(cfg.steps):
        idx = torch.randint(len(x), (cfg.batch_size,))
        logits = model(x[idx])
        loss = F.cross_entropy(logits, y[idx])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        monitor.step(loss, accuracy=(logits.argmax(1) == y[idx]).float().mean().item())
        if (step + 1) % 50 == 0:
            val_loss, val_acc = evaluate(model, val_x, val_y)
            monitor.evaluate(loss=val_loss, accuracy=val_acc)
    monitor.close()
    print(f"score: {evaluate(model, val_x, val_y)[1]:.4f}")


if __name__ == "__main__":
    main()
