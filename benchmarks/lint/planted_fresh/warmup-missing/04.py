"""Train a decision transformer on logged play; the settings are a dataclass, hydra fashion."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from replays import Trajectories  # tokens (t, d_in), actions (t,)


@dataclass
class Optim:
    lr: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.95)
    clip: float = 1.0
    warmup_updates: int = 0  # PLANTED
    updates: int = 100_000


@dataclass
class Settings:
    dim: int = 384
    layers: int = 6
    actions: int = 18
    batch: int = 64
    seed: int = 404
    optim: Optim = field(default_factory=Optim)


class Player(nn.Module):
    def __init__(self, d_in: int, s: Settings, longest: int = 1024) -> None:
        super().__init__()
        self.enter, self.pos = nn.Linear(d_in, s.dim), nn.Embedding(longest, s.dim)
        block = nn.TransformerEncoderLayer(s.dim, 6, 4 * s.dim, batch_first=True, norm_first=True)
        self.blocks = nn.TransformerEncoder(block, s.layers, enable_nested_tensor=False)
        self.act = nn.Linear(s.dim, s.actions)

    def forward(self, x: Tensor) -> Tensor:
        t = x.size(1)
        mask = nn.Transformer.generate_square_subsequent_mask(t, device=x.device)
        h = self.enter(x) + self.pos(torch.arange(t, device=x.device))
        return self.act(self.blocks(h, mask=mask, is_causal=True))


def factor(update: int, o: Optim) -> float:
    if update < o.warmup_updates:
        return (update + 1) / o.warmup_updates
    done = (update - o.warmup_updates) / (o.updates - o.warmup_updates)
    return 0.5 * (1 + math.cos(math.pi * min(done, 1.0)))


def main(s: Settings) -> None:
    torch.manual_seed(s.seed)
    data = Trajectories("train")
    loader = DataLoader(data, s.batch, shuffle=True, num_workers=4, drop_last=True)
    model = Player(data.d_in, s).cuda()
    opt = torch.optim.Adam(model.parameters(), lr=s.optim.lr, betas=s.optim.betas)
    sched = torch.optim.lr_scheduler.LambdaLR(opt, lambda u: factor(u, s.optim))
    update = 0
    while update < s.optim.updates:
        for x, a in loader:
            loss = nn.functional.cross_entropy(model(x.cuda()).flatten(0, 1), a.cuda().flatten())
            opt.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), s.optim.clip)
            opt.step()
            sched.step()
            update += 1
        print(f"update {update} loss {loss.item():.4f} lr {sched.get_last_lr()[0]:.1e}")


if __name__ == "__main__":
    main(Settings())
