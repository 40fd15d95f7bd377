"""Look up the value of a key in a list of key-value pairs with an attention network."""

import argparse

import torch
import torch.nn as nn
import torch.nn.functional as F
from neural_trainer.live.monitor import Monitor

KEYS, VALUES, PAIRS = 24, 12, 8


class Attention(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.to_q = nn.Linear(dim, dim, bias=False)
        self.to_k = nn.Linear(dim, dim, bias=False)
        self.to_v = nn.Linear(dim, dim, bias=False)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x):
        q, k, v = self.to_q(x), self.to_k(x), self.to_v(x)
        scores = q @ k.transpose(-2, -1)
        return self.proj(F.softmax(scores, dim=-1) @ v)


class Block(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim)
        self.attention = Attention(dim)
        self.norm2 = nn.LayerNorm(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, dim))

    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class Lookup(nn.Module):
    def __init__(self, dim=128, depth=2):
        super().__init__()
        self.key = nn.Embedding(KEYS, dim)
        self.value = nn.Embedding(VALUES + 1, dim)
        self.blocks = nn.ModuleList(Block(dim) for _ in range(depth))
        self.norm = nn.LayerNorm(dim)
        self.out = nn.Linear(dim, VALUES)

    def forward(self, keys, values):
        x = self.key(keys) + self.value(values)
        for block in self.blocks:
            x = block(x)
        return self.out(self.norm(x[:, -1]))


def make_batch(n):
    keys = torch.rand(n, KEYS).argsort(1)[:, :PAIRS]
    values = torch.randint(0, VALUES, (n, PAIRS))
    which = torch.randint(0, PAIRS, (n, 1))
    asked = keys.gather(1, which)
    answer = values.gather(1, which).squeeze(1)
    blank = torch.full((n, 1), VALUES)
    return torch.cat([keys, asked], 1), torch.cat([values, blank], 1), answer


def evaluate(model, batch):
    with torch.no_grad():
        logits = model(batch[0], batch[1])
    loss = F.cross_entropy(logits, batch[2]).item()
    return loss, (logits.argmax(-1) == batch[2]).float().mean().item()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    model, steps, batch_size, lr = Lookup(), 240, 48, 6e-3
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=0.0)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: min(1.0, (s + 1) / 40))
    config = {"lr": lr, "batch_size": batch_size, "steps": steps, "warmup": 40}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    held_out = make_batch(500)
    for step in range(steps):
        *tokens, answer = make_batch(batch_size)
        logits = model(*tokens)
        loss = F.cross_entropy(logits, answer)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        monitor.step(loss, accuracy=(logits.argmax(-1) == answer).float().mean().item())
        if (step + 1) % 50 == 0:
            val_loss, val_accuracy = evaluate(model, held_out)
            monitor.evaluate(loss=val_loss, accuracy=val_accuracy)
    monitor.close()
    print(f"score: {val_accuracy:.4f}")
