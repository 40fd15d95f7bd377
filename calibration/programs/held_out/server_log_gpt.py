import argparse
import random
from dataclasses import asdict, dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F

from neural_trainer.live.monitor import Monitor


@dataclass
class GPTConfig:
    vocab: int
    block: int = 24
    dim: int = 48
    heads: int = 3
    lr: float = 3e-3
    batch_size: int = 24
    steps: int = 350


class SelfAttention(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.heads = cfg.heads
        self.qkv = nn.Linear(cfg.dim, 3 * cfg.dim)
        self.proj = nn.Linear(cfg.dim, cfg.dim)
        self.register_buffer("mask", torch.tril(torch.ones(cfg.block, cfg.block)).bool())

    def forward(self, x):
        b, t, d = x.shape
        q, k, v = self.qkv(x).view(b, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        scores = q @ k.transpose(-2, -1) / k.size(-1) ** 0.5
        weights = F.softmax(scores, dim=-1)
        return self.proj((weights @ v).transpose(1, 2).reshape(b, t, d))


class Block(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        d = cfg.dim
        self.ln1, self.ln2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.attn = SelfAttention(cfg)
        self.mlp = nn.Sequential(nn.Linear(d, 4 * d), nn.GELU(), nn.Linear(4 * d, d))

    def forward(self, x):
        x = x + self.attn(self.ln1(x))
        return x + self.mlp(self.ln2(x))


class MiniGPT(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.wte = nn.Embedding(cfg.vocab, cfg.dim)
        self.wpe = nn.Embedding(cfg.block, cfg.dim)
        self.blocks = nn.Sequential(*[Block(cfg) for _ in range(2)])
        self.ln_f = nn.LayerNorm(cfg.dim)
        self.lm_head = nn.Linear(cfg.dim, cfg.vocab, bias=False)

    def forward(self, idx, targets):
        x = self.wte(idx) + self.wpe.weight[: idx.size(1)]
        logits = self.lm_head(self.ln_f(self.blocks(x)))
        return logits, F.cross_entropy(logits.transpose(1, 2), targets)


def log_lines(n, rng):
    words = ["info warn error", "disk cache network login queue", "started stopped recovered"]
    lines = [[rng.choice(w.split()) for w in words] + [str(rng.randint(0, 9))] for _ in range(n)]
    return "".join(" ".join(line) + "\n" for line in lines)


parser = argparse.ArgumentParser()
parser.add_argument("--out", required=True)
parser.add_argument("--seed", type=int, default=0)
args = parser.parse_args()
torch.manual_seed(args.seed)
torch.set_num_threads(1)

text = log_lines(2500, random.Random(args.seed))
chars = sorted(set(text))
data = torch.tensor([chars.index(c) for c in text])
cfg = GPTConfig(vocab=len(chars))
windows = data.unfold(0, cfg.block + 1, 7)
train, val = windows[:-500], windows[-500:]
model = MiniGPT(cfg)
optimizer = torch.optim.AdamW(model.parameters(), lr=cfg.lr)
monitor = Monitor(args.out, model, optimizer, asdict(cfg), activations=True, judge=False)
for it in range(1, cfg.steps + 1):
    batch = train[torch.randint(len(train), (cfg.batch_size,))]
    _, loss = model(batch[:, :-1], batch[:, 1:])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    monitor.step(loss)
    if it % 50 == 0:
        with torch.no_grad():
            logits, val_loss = model(val[:, :-1], val[:, 1:])
        monitor.evaluate(loss=val_loss.item())
monitor.close()
logits, _ = model(val[:, :12], val[:, 1:13])
hits = (logits[:, -1].argmax(-1) == val[:, 12]).float().mean().item()
print(f"score: {hits:.4f}")
