"""A small decoder: pre-norm, rotary positions, gated feed-forward, head tied to the embedding."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True)
class Sizes:
    vocabulary: int = 97
    width: int = 48
    layers: int = 4
    heads: int = 8
    kv_heads: int = 8


def rotate(x: Tensor) -> Tensor:
    """Rotary positions over the last two axes of (batch, heads, time, size)."""
    time, size = x.shape[-2:]
    rate = 10_000.0 ** (-torch.arange(0, size, 2, dtype=x.dtype) / size)
    angle = torch.arange(time, dtype=x.dtype)[:, None] * rate
    first, second = x.chunk(2, -1)
    cos, sin = angle.cos(), angle.sin()
    return torch.cat((first * cos - second * sin, first * sin + second * cos), -1)


class Block(nn.Module):
    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.sizes = sizes
        size = sizes.width // sizes.heads
        self.norm1 = nn.RMSNorm(sizes.width)
        self.queries = nn.Linear(sizes.width, sizes.heads * size, bias=False)
        # keys, then values, each of kv_heads heads
        self.keys_values = nn.Linear(sizes.width, 2 * sizes.kv_heads * size)
        self.out = nn.Linear(sizes.width, sizes.width)
        self.norm2 = nn.RMSNorm(sizes.width)
        self.gate_up = nn.Linear(sizes.width, 8 * sizes.width, bias=False)
        self.down = nn.Linear(4 * sizes.width, sizes.width)

    def forward(self, x: Tensor) -> Tensor:
        batch, time, width = x.shape
        h = self.norm1(x)
        size = width // self.sizes.heads
        q = self.queries(h).view(batch, time, self.sizes.heads, size).transpose(1, 2)
        kv = self.keys_values(h).view(batch, time, 2, self.sizes.kv_heads, size)
        k, v = kv.permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(
            rotate(q), rotate(k), v, is_causal=True, enable_gqa=True
        )
        x = x + self.out(mixed.transpose(1, 2).reshape(batch, time, width))
        gate, up = self.gate_up(self.norm2(x)).chunk(2, -1)
        return x + self.down(F.silu(gate) * up)


class Decoder(nn.Module):
    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.sizes = sizes
        self.embedding = nn.Embedding(sizes.vocabulary, sizes.width)
        nn.init.normal_(self.embedding.weight, std=0.02)
        self.blocks = nn.ModuleList(Block(sizes) for _ in range(sizes.layers))
        self.norm = nn.RMSNorm(sizes.width)
        self.head = nn.Linear(sizes.width, sizes.vocabulary, bias=False)
        self.head.weight = self.embedding.weight

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.embedding(tokens)
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))
