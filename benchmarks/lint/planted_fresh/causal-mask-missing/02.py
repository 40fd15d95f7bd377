"""A music model that continues MIDI events; attention comes from torch's fused kernel."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader

from maestro import EventWindows


@dataclass
class MusicConfig:
    events: int = 388
    length: int = 1024
    width: int = 384
    heads: int = 6
    depth: int = 8
    dropout: float = 0.1
    causal: bool = True


class SelfAttention(nn.Module):
    def __init__(self, cfg: MusicConfig) -> None:
        super().__init__()
        self.cfg = cfg
        self.qkv = nn.Linear(cfg.width, 3 * cfg.width, bias=False)
        self.proj = nn.Linear(cfg.width, cfg.width)

    def forward(self, x: Tensor) -> Tensor:
        b, t, w = x.shape
        q, k, v = self.qkv(x).view(b, t, 3, self.cfg.heads, -1).permute(2, 0, 3, 1, 4)
        drop = self.cfg.dropout if self.training else 0.0
        y = F.scaled_dot_product_attention(q, k, v, dropout_p=drop)  # PLANTED
        return self.proj(y.transpose(1, 2).reshape(b, t, w))


class Block(nn.Module):
    def __init__(self, cfg: MusicConfig) -> None:
        super().__init__()
        self.n1, self.n2 = nn.LayerNorm(cfg.width), nn.LayerNorm(cfg.width)
        self.att = SelfAttention(cfg)
        self.mlp = nn.Sequential(
            nn.Linear(cfg.width, 4 * cfg.width), nn.GELU(), nn.Linear(4 * cfg.width, cfg.width)
        )

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.att(self.n1(x))
        return x + self.mlp(self.n2(x))


def main(cfg: MusicConfig) -> None:
    torch.manual_seed(88)
    embed = nn.Embedding(cfg.events, cfg.width)
    places = nn.Embedding(cfg.length, cfg.width)
    body = nn.Sequential(*(Block(cfg) for _ in range(cfg.depth)), nn.LayerNorm(cfg.width))
    head = nn.Linear(cfg.width, cfg.events)
    parts = nn.ModuleList([embed, places, body, head]).cuda().train()
    opt = torch.optim.Adam(parts.parameters(), lr=4e-4)
    warm = torch.optim.lr_scheduler.LinearLR(opt, 1e-3, total_iters=1000)
    loader = DataLoader(EventWindows("maestro", cfg.length + 1), batch_size=16, shuffle=True)
    position = torch.arange(cfg.length, device="cuda")
    for epoch in range(50):
        for i, events in enumerate(loader):
            events = events.cuda()
            hidden = body(embed(events[:, :-1]) + places(position))
            loss = F.cross_entropy(head(hidden).transpose(1, 2), events[:, 1:])
            opt.zero_grad()
            loss.backward()
            opt.step()
            warm.step()
            if i % 100 == 0:
                print(f"epoch {epoch} batch {i} nats/event {loss.item():.3f}")


main(MusicConfig())
