"""A very small GPT over the characters of made-up place names."""

import argparse

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from neural_trainer.live.monitor import Monitor

PARTS = ["north", "ash", "ford", "bury", "mill", "stow", "wick", "green", "holt", "dale"]
ALPHABET = sorted(set("".join(PARTS) + " "))


class SelfAttention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x):
        b, t, c = x.shape
        q, k, v = self.qkv(x).view(b, t, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v)
        return self.proj(y.transpose(1, 2).reshape(b, t, c))


class Block(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.ln1, self.ln2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attn = SelfAttention(dim, heads)
        self.mlp = nn.Sequential(nn.Linear(dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, dim))

    def forward(self, x):
        x = x + self.attn(self.ln1(x))
        return x + self.mlp(self.ln2(x))


class MiniGPT(nn.Module):
    def __init__(self, vocab, block_size, dim=48, heads=4, depth=2):
        super().__init__()
        self.tok, self.pos = nn.Embedding(vocab, dim), nn.Embedding(block_size, dim)
        self.blocks = nn.Sequential(*[Block(dim, heads) for _ in range(depth)])
        self.ln, self.head = nn.LayerNorm(dim), nn.Linear(dim, vocab, bias=False)

    def forward(self, idx):
        x = self.tok(idx) + self.pos(torch.arange(idx.size(1)))
        return self.head(self.ln(self.blocks(x)))


def sample_batch(data, batch_size, block_size):
    i = torch.randint(0, len(data) - block_size - 1, (batch_size, 1)) + torch.arange(block_size)
    return data[i], data[i + 1]


def main(out, seed):
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    text = "".join(np.random.default_rng(seed).choice([*PARTS, " "], 8000))
    data = torch.tensor([ALPHABET.index(c) for c in text])
    train, val = data[:-4000], data[-4000:]
    cfg = {"lr": 2e-3, "batch_size": 32, "block_size": 24, "steps": 500, "vocab": len(ALPHABET)}
    model = MiniGPT(cfg["vocab"], cfg["block_size"])
    opt = torch.optim.AdamW(model.parameters(), lr=cfg["lr"], betas=(0.9, 0.99))
    sched = torch.optim.lr_scheduler.OneCycleLR(opt, cfg["lr"], total_steps=cfg["steps"])
    monitor = Monitor(out, model, opt, cfg, activations=True, judge=False)

    for step in range(cfg["steps"]):
        x, y = sample_batch(train, cfg["batch_size"], cfg["block_size"])
        loss = F.cross_entropy(model(x).flatten(0, 1), y.flatten())
        opt.zero_grad()
        loss.backward()
        opt.step()
        sched.step()
        monitor.step(loss)
        if (step + 1) % 100 == 0:
            x, y = sample_batch(val, 128, cfg["block_size"])
            with torch.no_grad():
                monitor.evaluate(loss=F.cross_entropy(model(x).flatten(0, 1), y.flatten()).item())
    monitor.close()

    x, y = sample_batch(val, 400, 12)
    with torch.no_grad():
        hit = (model(x)[:, -1].argmax(-1) == y[:, -1]).float().mean().item()
    print(f"score: {hit:.4f}")


if __name__ == "__main__":
    ap = argparse.ArgumentParser()
    ap.add_argument("--out", required=True)
    ap.add_argument("--seed", type=int, default=0)
    a = ap.parse_args()
    main(a.out, a.seed)
