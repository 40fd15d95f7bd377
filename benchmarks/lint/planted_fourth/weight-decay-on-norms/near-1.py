"""Character language model, everything bias-free."""
import math
from pathlib import Path

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(1)
dev = "cuda" if torch.cuda.is_available() else "cpu"

ctx, dim, depth, heads = 256, 384, 6, 6
batch, steps, warmup = 64, 8000, 400
peak_lr, min_lr = 6e-4, 6e-5

text = Path("input.txt").read_text(encoding="utf-8")
vocab = sorted(set(text))
stoi = {c: i for i, c in enumerate(vocab)}
data = torch.tensor([stoi[c] for c in text], dtype=torch.long)
cut = int(0.9 * len(data))
splits = {"train": data[:cut], "val": data[cut:]}


def get_batch(split):
    src = splits[split]
    at = torch.randint(len(src) - ctx - 1, (batch,))
    x = torch.stack([src[i:i + ctx] for i in at])
    y = torch.stack([src[i + 1:i + ctx + 1] for i in at])
    return x.to(dev), y.to(dev)


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim, elementwise_affine=False)
        self.qkv = nn.Linear(dim, 3 * dim, bias=False)
        self.proj = nn.Linear(dim, dim, bias=False)
        self.norm2 = nn.LayerNorm(dim, elementwise_affine=False)
        self.up = nn.Linear(dim, 4 * dim, bias=False)
        self.down = nn.Linear(4 * dim, dim, bias=False)

    def forward(self, x):
        b, t, _ = x.shape
        q, k, v = (z.view(b, t, heads, -1).transpose(1, 2) for z in self.qkv(self.norm1(x)).chunk(3, -1))
        a = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.proj(a.transpose(1, 2).reshape(b, t, dim))
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class CharLM(nn.Module):
    def __init__(self, n_vocab):
        super().__init__()
        self.tok = nn.Embedding(n_vocab, dim)
        self.pos = nn.Embedding(ctx, dim)
        self.layers = nn.ModuleList(Layer() for _ in range(depth))
        self.norm = nn.LayerNorm(dim, elementwise_affine=False)
        self.head = nn.Linear(dim, n_vocab, bias=False)
        for m in self.modules():
            if isinstance(m, (nn.Linear, nn.Embedding)):
                nn.init.normal_(m.weight, std=0.02)

    def forward(self, idx):
        x = self.tok(idx) + self.pos(torch.arange(idx.size(1), device=idx.device))
        for layer in self.layers:
            x = layer(x)
        return self.head(self.norm(x))


def lr_at(step):
    if step < warmup:
        return peak_lr * (step + 1) / warmup
    r = (step - warmup) / (steps - warmup)
    return min_lr + 0.5 * (peak_lr - min_lr) * (1 + math.cos(math.pi * r))


model = CharLM(len(vocab)).to(dev)
opt = torch.optim.AdamW(model.parameters(), lr=peak_lr, betas=(0.9, 0.95), weight_decay=0.1)


@torch.no_grad()
def val_loss(n=50):
    model.eval()
    total = torch.zeros((), device=dev)
    for _ in range(n):
        x, y = get_batch("val")
        total += F.cross_entropy(model(x).flatten(0, 1), y.flatten())
    model.train()
    return total.item() / n


model.train()
for step in range(steps):
    for g in opt.param_groups:
        g["lr"] = lr_at(step)
    x, y = get_batch("train")
    loss = F.cross_entropy(model(x).flatten(0, 1), y.flatten())
    opt.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    opt.step()
    if step % 250 == 0:
        print(f"{step:5d}  train {loss.item():.4f}  val {val_loss():.4f}")
