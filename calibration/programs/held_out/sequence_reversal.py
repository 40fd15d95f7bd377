"""Train a transformer encoder to write a token sequence backwards."""

import argparse
import math
from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from neural_trainer.live.monitor import Monitor
from torch import nn


@dataclass
class Config:
    vocab: int = 16
    length: int = 10
    width: int = 64
    layers: int = 4
    heads: int = 4
    batch_size: int = 32
    steps: int = 220
    lr: float = 1.5e-2


class Reverser(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.tokens = nn.Embedding(cfg.vocab, cfg.width)
        self.positions = nn.Parameter(torch.randn(cfg.length, cfg.width))
        layer = nn.TransformerEncoderLayer(
            cfg.width, cfg.heads, 2 * cfg.width, dropout=0.0, batch_first=True
        )
        self.encoder = nn.TransformerEncoder(layer, cfg.layers)
        self.out = nn.Linear(cfg.width, cfg.vocab)

    def forward(self, x):
        return self.out(self.encoder(self.tokens(x) + self.positions))


def lr_factor(cfg):
    def factor(step):
        return 0.5 * (1 + math.cos(math.pi * step / cfg.steps))

    return factor


def sample(cfg, n):
    x = torch.randint(0, cfg.vocab, (n, cfg.length))
    return x, x.flip(1)


def evaluate(model, x, y):
    model.eval()
    with torch.no_grad():
        logits = model(x)
    loss = F.cross_entropy(logits.flatten(0, 1), y.flatten()).item()
    model.train()
    return loss, (logits.argmax(-1) == y).float().mean().item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    cfg = Config()
    model = Reverser(cfg)
    optimizer = torch.optim.Adam(model.parameters(), lr=cfg.lr, betas=(0.9, 0.98))
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lr_factor(cfg))
    monitor = Monitor(args.out, model, optimizer, asdict(cfg), activations=True, judge=False)
    x_val, y_val = sample(cfg, 200)

    for step in range(cfg.steps):
        x, y = sample(cfg, cfg.batch_size)
        logits = model(x)
        loss = F.cross_entropy(logits.flatten(0, 1), y.flatten())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        scheduler.step()
        monitor.step(loss, accuracy=(logits.argmax(-1) == y).float().mean().item())
        if (step + 1) % 50 == 0:
            val_loss, val_accuracy = evaluate(model, x_val, y_val)
            monitor.evaluate(loss=val_loss, accuracy=val_accuracy)
    monitor.close()
    print(f"score: {evaluate(model, x_val, y_val)[1]:.4f}")


if __name__ == "__main__":
    main()
