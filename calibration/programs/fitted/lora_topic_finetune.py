"""Adapt a topic classifier to a new source with low-rank adapters."""

import argparse

import torch
import torch.nn.functional as F
from torch import nn

from neural_trainer.live.monitor import Monitor

TOPICS, DIM = 6, 32


class LoRALinear(nn.Module):
    def __init__(self, base, rank=4, alpha=8):
        super().__init__()
        self.base = base
        for p in self.base.parameters():
            p.requires_grad_(False)
        self.a = nn.Parameter(torch.randn(rank, base.in_features) / base.in_features**0.5)
        self.b = nn.Parameter(torch.zeros(base.out_features, rank))
        self.scale = alpha / rank

    def forward(self, x):
        return self.base(x) + self.scale * (x @ self.a.T @ self.b.T)


def articles(n, centres, shift):
    y = torch.randint(0, TOPICS, (n,))
    return centres[y] + shift + 0.9 * torch.randn(n, DIM), y


def pretrain(model, x, y, steps=250):
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(steps):
        rows = torch.randint(0, len(x), (64,))
        loss = F.cross_entropy(model(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


@torch.no_grad()
def evaluate(model, x, y):
    logits = model(x)
    return F.cross_entropy(logits, y).item(), (logits.argmax(1) == y).float().mean().item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--steps", type=int, default=350)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    centres = torch.randn(TOPICS, DIM)
    backbone = nn.Sequential(
        nn.Linear(DIM, 64), nn.GELU(), nn.Linear(64, 64), nn.GELU(), nn.Linear(64, TOPICS)
    )
    pretrain(backbone, *articles(6000, centres, torch.zeros(DIM)))

    model = nn.Sequential(*[LoRALinear(m) if isinstance(m, nn.Linear) else m for m in backbone])
    shift = 0.1 * torch.randn(DIM)
    x, y = articles(3000, centres, shift)
    x_val, y_val = articles(1000, centres, shift)
    trainable = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trainable, lr=args.lr, weight_decay=0.0)
    warmup = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: min(1.0, (s + 1) / 20))
    config = {"lr": args.lr, "batch_size": 32, "steps": args.steps, "rank": 4, "finetune": True}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)

    for step in range(1, args.steps + 1):
        rows = torch.randint(0, len(x), (32,))
        logits = model(x[rows])
        loss = F.cross_entropy(logits, y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        warmup.step()
        monitor.step(loss, accuracy=(logits.argmax(1) == y[rows]).float().mean().item())
        if step % 50 == 0:
            val_loss, val_acc = evaluate(model, x_val, y_val)
            monitor.evaluate(loss=val_loss, accuracy=val_acc)
            print(f"step {step}: {val_loss:.4f} {val_acc:.3f}")

    monitor.close()
    print(f"score: {evaluate(model, x_val, y_val)[1]:.4f}")


if __name__ == "__main__":
    main()
