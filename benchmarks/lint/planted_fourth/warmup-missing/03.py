"""Character level GPT, one file, after the well-known small implementations."""
import math
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


@dataclass
class GPTConfig:
    block_size: int = 256
    n_layer: int = 8
    n_head: int = 8
    n_embd: int = 512
    dropout: float = 0.2


@dataclass
class TrainConfig:
    batch_size: int = 64
    max_iters: int = 10_000
    peak_lr: float = 6e-4
    min_lr: float = 6e-5
    warmup_iters: int = 0  # PLANTED
    weight_decay: float = 0.1
    betas: tuple = (0.9, 0.95)
    grad_clip: float = 1.0
    eval_interval: int = 500
    eval_iters: int = 100
    seed: int = 1337


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(c.n_embd), nn.LayerNorm(c.n_embd)
        self.qkv = nn.Linear(c.n_embd, 3 * c.n_embd)
        self.proj = nn.Linear(c.n_embd, c.n_embd)
        self.mlp = nn.Sequential(
            nn.Linear(c.n_embd, 4 * c.n_embd), nn.GELU(), nn.Linear(4 * c.n_embd, c.n_embd), nn.Dropout(c.dropout)
        )
        self.n_head, self.p = c.n_head, c.dropout
        self.drop = nn.Dropout(c.dropout)

    def forward(self, x):
        b, t, d = x.shape
        q, k, v = (
            u.view(b, t, self.n_head, d // self.n_head).transpose(1, 2) for u in self.qkv(self.ln_1(x)).split(d, dim=2)
        )
        y = F.scaled_dot_product_attention(q, k, v, dropout_p=self.p if self.training else 0.0, is_causal=True)
        x = x + self.drop(self.proj(y.transpose(1, 2).reshape(b, t, d)))
        return x + self.mlp(self.ln_2(x))


class GPT(nn.Module):
    def __init__(self, vocab_size, c):
        super().__init__()
        self.tok = nn.Embedding(vocab_size, c.n_embd)
        self.pos = nn.Embedding(c.block_size, c.n_embd)
        self.drop = nn.Dropout(c.dropout)
        self.blocks = nn.ModuleList(Block(c) for _ in range(c.n_layer))
        self.ln_f = nn.LayerNorm(c.n_embd)
        self.head = nn.Linear(c.n_embd, vocab_size, bias=False)
        self.apply(self._init)

    @staticmethod
    def _init(m):
        if isinstance(m, (nn.Linear, nn.Embedding)):
            nn.init.normal_(m.weight, std=0.02)
        if isinstance(m, nn.Linear) and m.bias is not None:
            nn.init.zeros_(m.bias)

    def forward(self, idx, targets):
        x = self.drop(self.tok(idx) + self.pos(torch.arange(idx.size(1), device=idx.device)))
        for block in self.blocks:
            x = block(x)
        logits = self.head(self.ln_f(x))
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten())

    def configure_optimizer(self, tc):
        decay = [p for n, p in self.named_parameters() if p.dim() >= 2 and not n.startswith(("tok", "pos"))]
        other = [p for n, p in self.named_parameters() if p.dim() < 2 or n.startswith(("tok", "pos"))]
        groups = [{"params": decay, "weight_decay": tc.weight_decay}, {"params": other, "weight_decay": 0.0}]
        return torch.optim.AdamW(groups, lr=tc.peak_lr, betas=tc.betas)


def get_lr(it, tc):
    if it < tc.warmup_iters:
        return tc.peak_lr * (it + 1) / tc.warmup_iters
    ratio = (it - tc.warmup_iters) / (tc.max_iters - tc.warmup_iters)
    return tc.min_lr + 0.5 * (1.0 + math.cos(math.pi * ratio)) * (tc.peak_lr - tc.min_lr)


def get_batch(data, tc, block_size, device):
    ix = torch.randint(len(data) - block_size, (tc.batch_size,))
    x = torch.stack([data[i:i + block_size] for i in ix])
    y = torch.stack([data[i + 1:i + 1 + block_size] for i in ix])
    return x.to(device), y.to(device)


@torch.no_grad()
def estimate_loss(model, data, tc, block_size, device):
    model.eval()
    losses = torch.stack([model(*get_batch(data, tc, block_size, device)) for _ in range(tc.eval_iters)])
    model.train()
    return losses.mean().item()


def main(path="input.txt"):
    gc, tc = GPTConfig(), TrainConfig()
    torch.manual_seed(tc.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    text = open(path, encoding="utf-8").read()
    chars = sorted(set(text))
    lookup = {ch: i for i, ch in enumerate(chars)}
    data = torch.from_numpy(np.array([lookup[ch] for ch in text], dtype=np.int64))
    n = int(0.9 * len(data))
    train_data, val_data = data[:n], data[n:]

    model = GPT(len(chars), gc).to(device)
    optimizer = model.configure_optimizer(tc)
    best = float("inf")
    model.train()
    for it in range(tc.max_iters):
        for group in optimizer.param_groups:
            group["lr"] = get_lr(it, tc)
        loss = model(*get_batch(train_data, tc, gc.block_size, device))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), tc.grad_clip)
        optimizer.step()
        if (it + 1) % tc.eval_interval == 0:
            val = estimate_loss(model, val_data, tc, gc.block_size, device)
            print(f"iter {it + 1}: train {loss.item():.4f} val {val:.4f} lr {get_lr(it, tc):.2e}")
            if val < best:
                best = val
                torch.save(model.state_dict(), "chargpt.pt")


if __name__ == "__main__":
    main()
