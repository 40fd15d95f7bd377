"""Small GPT on tokenised text shards (uint16 .bin files)."""
from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


@dataclass
class GPTConfig:
    vocab_size: int = 50304
    block_size: int = 512
    n_layer: int = 8
    n_head: int = 8
    n_embd: int = 512
    dropout: float = 0.1


@dataclass
class TrainConfig:
    data: str = "data/openwebtext"
    batch_size: int = 16
    max_iters: int = 60_000
    warmup_iters: int = 1_000
    eval_interval: int = 1_000
    eval_iters: int = 100
    lr: float = 6e-4
    min_lr: float = 6e-5
    weight_decay: float = 0.1
    grad_clip: float = 1.0
    seed: int = 1337


class Block(nn.Module):
    def __init__(self, c: GPTConfig):
        super().__init__()
        self.n_head, self.p = c.n_head, c.dropout
        self.ln_1, self.ln_2 = nn.LayerNorm(c.n_embd), nn.LayerNorm(c.n_embd)
        self.qkv = nn.Linear(c.n_embd, 3 * c.n_embd)
        self.proj = nn.Linear(c.n_embd, c.n_embd)
        self.mlp = nn.Sequential(nn.Linear(c.n_embd, 4 * c.n_embd), nn.GELU(),
                                 nn.Linear(4 * c.n_embd, c.n_embd), nn.Dropout(c.dropout))

    def forward(self, x):
        B, T, C = x.shape
        q, k, v = (t.view(B, T, self.n_head, -1).transpose(1, 2) for t in self.qkv(self.ln_1(x)).chunk(3, -1))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True, dropout_p=self.p if self.training else 0.0)
        x = x + self.proj(y.transpose(1, 2).reshape(B, T, C))
        return x + self.mlp(self.ln_2(x))


class GPT(nn.Module):
    def __init__(self, c: GPTConfig):
        super().__init__()
        self.wte = nn.Embedding(c.vocab_size, c.n_embd)
        self.wpe = nn.Embedding(c.block_size, c.n_embd)
        self.drop = nn.Dropout(c.dropout)
        self.h = nn.ModuleList(Block(c) for _ in range(c.n_layer))
        self.ln_f = nn.LayerNorm(c.n_embd)
        self.lm_head = nn.Linear(c.n_embd, c.vocab_size, bias=False)
        self.apply(self._init)
        self.lm_head.weight = self.wte.weight

    @staticmethod
    def _init(m):
        if isinstance(m, (nn.Linear, nn.Embedding)):
            nn.init.normal_(m.weight, std=0.02)
        if isinstance(m, nn.Linear) and m.bias is not None:
            nn.init.zeros_(m.bias)

    def forward(self, idx, targets):
        x = self.drop(self.wte(idx) + self.wpe(torch.arange(idx.size(1), device=idx.device)))
        for block in self.h:
            x = block(x)
        return F.cross_entropy(self.lm_head(self.ln_f(x)).flatten(0, 1), targets.flatten())

    def configure_optimizer(self, cfg: TrainConfig):
        params = dict(self.named_parameters())
        decay = [p for n, p in params.items() if p.dim() >= 2]
        no_decay = [p for n, p in params.items() if n.endswith(".bias")]
        groups = [{"params": decay, "weight_decay": cfg.weight_decay}, {"params": no_decay, "weight_decay": 0.0}]
        print(f"decayed {sum(p.numel() for p in decay):,}, not decayed {sum(p.numel() for p in no_decay):,}")
        return torch.optim.AdamW(groups, lr=cfg.lr, betas=(0.9, 0.95))  # PLANTED


def get_batch(split, cfg, block, device):
    data = np.memmap(f"{cfg.data}/{split}.bin", dtype=np.uint16, mode="r")
    ix = torch.randint(len(data) - block - 1, (cfg.batch_size,)).tolist()
    rows = torch.from_numpy(np.stack([data[i:i + block + 1].astype(np.int64) for i in ix])).to(device)
    return rows[:, :-1], rows[:, 1:]


def lr_at(it, cfg):
    if it < cfg.warmup_iters:
        return cfg.lr * (it + 1) / cfg.warmup_iters
    t = (it - cfg.warmup_iters) / (cfg.max_iters - cfg.warmup_iters)
    return cfg.min_lr + 0.5 * (1 + math.cos(math.pi * t)) * (cfg.lr - cfg.min_lr)


@torch.no_grad()
def estimate_loss(model, cfg, block, device):
    model.eval()
    losses = [model(*get_batch("val", cfg, block, device)) for _ in range(cfg.eval_iters)]
    model.train()
    return torch.stack(losses).mean().item()


def main():
    gc, tc = GPTConfig(), TrainConfig()
    torch.manual_seed(tc.seed)
    device = "cuda"
    model = GPT(gc).to(device)
    optimizer = model.configure_optimizer(tc)
    model.train()
    for it in range(tc.max_iters):
        for group in optimizer.param_groups:
            group["lr"] = lr_at(it, tc)
        x, y = get_batch("train", tc, gc.block_size, device)
        with torch.amp.autocast("cuda", dtype=torch.bfloat16):
            loss = model(x, y)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), tc.grad_clip)
        optimizer.step()
        if it % 100 == 0:
            print(f"iter {it} loss {loss.item():.4f}")
        if (it + 1) % tc.eval_interval == 0:
            print(f"iter {it} val loss {estimate_loss(model, tc, gc.block_size, device):.4f}")
            torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "iter": it}, "gpt_last.pt")


if __name__ == "__main__":
    main()
