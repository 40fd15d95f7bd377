"""Grouped-query attention with rotary positions, for chunked, left-padded batches."""

import torch
from torch import nn
from torch.nn import functional as F


class Attention(nn.Module):
    def __init__(self, dim, heads, kv_heads, base=10000.0):
        super().__init__()
        if dim % heads or heads % kv_heads or dim // heads % 2:
            raise ValueError("need heads to divide dim, kv_heads to divide heads, and an even head_dim")
        self.heads, self.kv_heads, self.head_dim, self.base = heads, kv_heads, dim // heads, float(base)
        self.q = nn.Linear(dim, heads * self.head_dim, bias=False)
        self.k = nn.Linear(dim, kv_heads * self.head_dim, bias=False)
        self.v = nn.Linear(dim, kv_heads * self.head_dim, bias=False)
        self.o = nn.Linear(heads * self.head_dim, dim, bias=False)

    def _rotation(self, positions):
        # In float64 and not in a buffer, which .to(bfloat16) would round: at position 8,000 that is many turns.
        even = torch.arange(0, self.head_dim, 2, dtype=torch.float64, device=positions.device)
        angles = positions[..., None].double() * self.base ** (-even / self.head_dim)
        return angles.cos().float()[:, None], angles.sin().float()[:, None]  # (B, 1, T, head_dim / 2)

    @staticmethod
    def _rotate(x, cos, sin):
        first, second = x.float().chunk(2, -1)
        return torch.cat((first * cos - second * sin, second * cos + first * sin), -1).to(x.dtype)

    def forward(self, x, valid, cache=None):
        batch, new, _ = x.shape
        valid = valid.bool()
        # Padding is made zero: whatever it holds, it reaches neither outputs nor gradients.
        x = x.masked_fill(~valid[..., None], 0)
        q = self.q(x).view(batch, new, self.heads, self.head_dim).transpose(1, 2)
        k = self.k(x).view(batch, new, self.kv_heads, self.head_dim).transpose(1, 2)
        v = self.v(x).view(batch, new, self.kv_heads, self.head_dim).transpose(1, 2)

        count = valid.long().cumsum(1)  # real tokens up to and with each
        if cache is not None:
            count = count + cache["count"][:, None]
        cos, sin = self._rotation((count - 1).clamp_min(0))
        q, k = self._rotate(q, cos, sin), self._rotate(k, cos, sin)

        old, seen = 0, valid
        if cache is not None:
            old = cache["k"].shape[2]
            k, v = torch.cat((cache["k"], k), 2), torch.cat((cache["v"], v), 2)
            seen = torch.cat((cache["valid"], valid), 1)
        cache = {"k": k, "v": v, "valid": seen, "count": count[:, -1]}

        query = torch.arange(old, old + new, device=x.device)[:, None]
        key = torch.arange(old + new, device=x.device)
        # Each sees itself as well, so that padding has something to see and no row of the softmax is empty.
        mask = ((key <= query) & seen[:, None, :]) | (key == query)
        out = F.scaled_dot_product_attention(q, k, v, attn_mask=mask[:, None], enable_gqa=True)
        return self.o(out.transpose(1, 2).reshape(batch, new, -1)), cache
