"""Einsum attention in an autoregressive model of pixels."""
from dataclasses import dataclass

import torch
from torch import einsum, nn


@dataclass
class Shape:
    d: int = 192
    heads: int = 6
    depth: int = 4
    pixels: int = 784
    levels: int = 16


class Attention(nn.Module):
    def __init__(self, s: Shape):
        super().__init__()
        self.h = s.heads
        self.to_qkv, self.to_out = nn.Linear(s.d, 3 * s.d, bias=False), nn.Linear(s.d, s.d)

    def forward(self, x):
        b, n, d = x.shape
        q, k, v = self.to_qkv(x).view(b, n, 3, self.h, d // self.h).unbind(2)
        sim = einsum("bihd,bjhd->bhij", q, k) * (d // self.h) ** -0.5
        attn = torch.softmax(sim, dim=-1)  # PLANTED
        return self.to_out(einsum("bhij,bjhd->bihd", attn, v).reshape(b, n, d))


class PixelGPT(nn.Module):
    def __init__(self, s: Shape):
        super().__init__()
        self.e, self.p = nn.Embedding(s.levels, s.d), nn.Parameter(torch.zeros(s.pixels, s.d))
        self.a = nn.ModuleList(Attention(s) for _ in range(s.depth))
        self.n = nn.ModuleList(nn.LayerNorm(s.d) for _ in range(s.depth))
        self.o = nn.Linear(s.d, s.levels)

    def forward(self, px):
        x = self.e(px) + self.p[: px.size(1)]
        for a, n in zip(self.a, self.n):
            x = x + a(n(x))
        return self.o(x)


def train(images, s=Shape()):
    torch.manual_seed(8)
    net = PixelGPT(s)
    opt = torch.optim.Adam(net.parameters(), lr=3e-4)
    warm = torch.optim.lr_scheduler.LinearLR(opt, 0.01, total_iters=300)
    for step, px in enumerate(images):
        loss = nn.functional.cross_entropy(net(px[:, :-1]).transpose(1, 2), px[:, 1:])
        opt.zero_grad()
        loss.backward()
        opt.step()
        warm.step()
        if step % 100 == 0:
            print(step, loss.item())
