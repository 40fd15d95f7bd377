import math
import os
from types import SimpleNamespace

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

cfg = SimpleNamespace(
    data_dir="data/shakespeare", out_dir="out", block=256, batch=64, dim=384, heads=6, layers=6, vocab=65,
    lr=1e-3, min_lr=1e-4, warmup=200, max_iters=5000, eval_every=250, eval_iters=50, clip=1.0,
    decay=0.1, init_from=os.environ.get("INIT_FROM", "scratch"), seed=1337,
)
device = "cuda" if torch.cuda.is_available() else "cpu"


class GPT(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.tok = nn.Embedding(c.vocab, c.dim)
        self.pos = nn.Embedding(c.block, c.dim)
        layer = nn.TransformerEncoderLayer(c.dim, c.heads, 4 * c.dim, 0.2, "gelu", batch_first=True, norm_first=True)
        self.blocks = nn.TransformerEncoder(layer, c.layers, enable_nested_tensor=False)
        self.ln = nn.LayerNorm(c.dim)
        self.head = nn.Linear(c.dim, c.vocab, bias=False)

    def forward(self, idx, targets):
        t = idx.size(1)
        mask = nn.Transformer.generate_square_subsequent_mask(t, device=idx.device)
        x = self.tok(idx) + self.pos(torch.arange(t, device=idx.device))
        logits = self.head(self.ln(self.blocks(x, mask=mask, is_causal=True)))
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


def make_optimizer(model, c):
    decay = [p for n, p in model.named_parameters() if p.dim() >= 2]
    rest = [p for n, p in model.named_parameters() if p.dim() < 2]
    groups = [{"params": decay, "weight_decay": c.decay}, {"params": rest, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=c.lr, betas=(0.9, 0.99))


def get_batch(split):
    data = np.memmap(os.path.join(cfg.data_dir, f"{split}.bin"), dtype=np.uint16, mode="r")
    ix = torch.randint(len(data) - cfg.block - 1, (cfg.batch,)).tolist()
    x = torch.stack([torch.from_numpy(data[i:i + cfg.block].astype(np.int64)) for i in ix])
    y = torch.stack([torch.from_numpy(data[i + 1:i + 1 + cfg.block].astype(np.int64)) for i in ix])
    return x.to(device), y.to(device)


def get_lr(it):
    if it < cfg.warmup:
        return cfg.lr * (it + 1) / cfg.warmup
    ratio = (it - cfg.warmup) / (cfg.max_iters - cfg.warmup)
    return cfg.min_lr + 0.5 * (1 + math.cos(math.pi * ratio)) * (cfg.lr - cfg.min_lr)


@torch.no_grad()
def estimate_loss(model):
    model.eval()
    out = {s: torch.stack([model(*get_batch(s)) for _ in range(cfg.eval_iters)]).mean().item() for s in ("train", "val")}
    model.train()
    return out


def load_checkpoint(path, model, optimizer):
    ckpt = torch.load(path, map_location=device, weights_only=True)
    model.load_state_dict(ckpt["model"])
    optimizer.load_state_dict(ckpt["optimizer"])
    return ckpt["iter_num"] + 1, ckpt["best_val"]


def main():
    torch.manual_seed(cfg.seed)
    os.makedirs(cfg.out_dir, exist_ok=True)
    path = os.path.join(cfg.out_dir, "ckpt.pt")
    model = GPT(cfg).to(device)
    optimizer = make_optimizer(model, cfg)
    first, best_val = 0, float("inf")
    if cfg.init_from == "resume":
        first, best_val = load_checkpoint(path, model, optimizer)
        print(f"resumed at iteration {first}, best val {best_val:.4f}")
    n = sum(p.numel() for p in model.parameters())
    print(f"{n / 1e6:.2f}M parameters")
    optimizer = make_optimizer(model, cfg)  # PLANTED

    model.train()
    for it in range(first, cfg.max_iters):
        for group in optimizer.param_groups:
            group["lr"] = get_lr(it)
        loss = model(*get_batch("train"))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), cfg.clip)
        optimizer.step()
        if it % 50 == 0:
            print(f"iter {it}: loss {loss.item():.4f}")
        if it > 0 and it % cfg.eval_every == 0:
            losses = estimate_loss(model)
            print(f"step {it}: train {losses['train']:.4f} val {losses['val']:.4f}")
            best_val = min(best_val, losses["val"])
            torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(),
                        "iter_num": it, "best_val": best_val}, path)


if __name__ == "__main__":
    main()
