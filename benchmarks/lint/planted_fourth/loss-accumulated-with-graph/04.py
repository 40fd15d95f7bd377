"""Byte-level transformer language model; the progress line shows a smoothed loss."""
from __future__ import annotations

import math
import pathlib
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm import tqdm


@dataclass
class Hyper:
    text: str = "enwik8"
    ctx: int = 512
    dim: int = 512
    depth: int = 8
    heads: int = 8
    batch: int = 32
    steps: int = 50_000
    warmup: int = 1_000
    peak_lr: float = 3e-4
    decay: float = 0.1
    validate_every: int = 1_000
    show_every: int = 25
    seed: int = 55
    device: str = field(default_factory=lambda: "cuda" if torch.cuda.is_available() else "cpu")


class Smoother:
    """Bias-corrected exponential moving average, per key."""

    def __init__(self, beta: float = 0.98) -> None:
        self.beta = beta
        self.state: dict[str, Tensor] = {}
        self.updates: dict[str, int] = {}

    def __call__(self, **values: Tensor) -> None:
        for key, value in values.items():
            previous = self.state.get(key, torch.zeros_like(value))
            self.state[key] = torch.lerp(value, previous, self.beta)  # PLANTED
            self.updates[key] = self.updates.get(key, 0) + 1

    def read(self, key: str) -> float:
        return float(self.state[key]) / (1 - self.beta ** self.updates[key])


class Layer(nn.Module):
    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.n1, self.n2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.qkv, self.o = nn.Linear(dim, 3 * dim, bias=False), nn.Linear(dim, dim, bias=False)
        self.ff = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim), nn.Dropout(0.1))

    def forward(self, x: Tensor) -> Tensor:
        b, t, d = x.shape
        q, k, v = self.qkv(self.n1(x)).view(b, t, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        a = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.o(a.transpose(1, 2).reshape(b, t, d))
        return x + self.ff(self.n2(x))


class ByteLM(nn.Module):
    def __init__(self, h: Hyper) -> None:
        super().__init__()
        self.tok, self.pos = nn.Embedding(256, h.dim), nn.Embedding(h.ctx, h.dim)
        self.layers = nn.Sequential(*[Layer(h.dim, h.heads) for _ in range(h.depth)])
        self.norm, self.head = nn.LayerNorm(h.dim), nn.Linear(h.dim, 256, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.norm(self.layers(self.tok(x) + self.pos.weight[: x.size(1)])))


def groups(model: nn.Module, decay: float) -> list[dict]:
    heavy = [m.weight for m in model.modules() if isinstance(m, nn.Linear)]
    ids = {id(p) for p in heavy}
    light = [p for p in model.parameters() if id(p) not in ids]
    return [{"params": heavy, "weight_decay": decay}, {"params": light, "weight_decay": 0.0}]


def batches(data: np.ndarray, h: Hyper, gen: torch.Generator):
    while True:
        starts = torch.randint(len(data) - h.ctx - 1, (h.batch,), generator=gen).tolist()
        block = torch.stack([torch.from_numpy(data[s:s + h.ctx + 1].astype(np.int64)) for s in starts]).to(h.device)
        yield block[:, :-1], block[:, 1:]


def loss_of(model: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    with torch.autocast(torch.device(x.device).type, dtype=torch.bfloat16):
        logits = model(x)
    return F.cross_entropy(logits.float().flatten(0, 1), y.flatten())


@torch.no_grad()
def bits_per_byte(model: nn.Module, data: np.ndarray, h: Hyper, n: int = 50) -> float:
    model.eval()
    stream = batches(data, h, torch.Generator().manual_seed(0))
    total = sum(loss_of(model, *next(stream)) for _ in range(n)) / n
    model.train()
    return float(total) / math.log(2)


def main(h: Hyper) -> None:
    torch.manual_seed(h.seed)
    raw = np.frombuffer(pathlib.Path(h.text).read_bytes(), dtype=np.uint8)
    cut = int(len(raw) * 0.95)
    stream = batches(raw[:cut], h, torch.Generator().manual_seed(h.seed))

    model = ByteLM(h).to(h.device)
    optimizer = torch.optim.AdamW(groups(model, h.decay), lr=h.peak_lr, betas=(0.9, 0.95))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: min(
        (s + 1) / h.warmup, 0.1 + 0.45 * (1 + math.cos(math.pi * min(1.0, s / h.steps)))))
    smooth = Smoother()

    model.train()
    bar = tqdm(range(1, h.steps + 1))
    for step in bar:
        loss = loss_of(model, *next(stream))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        smooth(loss=loss, norm=norm)
        if step % h.show_every == 0:
            bar.set_postfix(loss=f"{smooth.read('loss'):.4f}", norm=f"{smooth.read('norm'):.2f}")
        if step % h.validate_every == 0:
            tqdm.write(f"step {step} val bpb {bits_per_byte(model, raw[cut:], h):.4f}")
            torch.save({"step": step, "model": model.state_dict(), "optimizer": optimizer.state_dict(),
                        "schedule": schedule.state_dict()}, "bytelm.pt")


if __name__ == "__main__":
    main(Hyper())
