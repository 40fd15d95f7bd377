"""Grouped-query attention with RoPE, for chunks and left-padded batches."""

import torch
from torch import nn
from torch.nn import functional as F


class Attention(nn.Module):
    def __init__(self, dim, heads, kv_heads, base=10000.0):
        super().__init__()
        if dim % heads or heads % kv_heads or (dim // heads) % 2:
            raise ValueError("heads must divide dim, kv_heads heads, and head_dim must be even")
        self.heads, self.kv_heads, self.base = heads, kv_heads, base
        self.head_dim = dim // heads
        self.q = nn.Linear(dim, heads * self.head_dim, bias=False)
        self.k = nn.Linear(dim, kv_heads * self.head_dim, bias=False)
        self.v = nn.Linear(dim, kv_heads * self.head_dim, bias=False)
        self.o = nn.Linear(heads * self.head_dim, dim, bias=False)

    def _angles(self, positions):
        """cos and sin (B, 1, T, head_dim / 2) in float32.

        Computed here, in float64: a buffer would follow .to(bfloat16), which has no whole numbers
        past 256.
        """
        pair = torch.arange(self.head_dim // 2, device=positions.device, dtype=torch.float64)
        angles = positions[:, None, :, None] * self.base ** (-2 * pair / self.head_dim)
        return angles.cos().float(), angles.sin().float()

    @staticmethod
    def _rotate(x, cos, sin):
        first, second = x.float().chunk(2, -1)
        turned = torch.cat((first * cos - second * sin, second * cos + first * sin), -1)
        return turned.to(x.dtype)

    def forward(self, x, valid, cache=None):
        """x (B, T, dim), valid (B, T) bool; the cache holds keys, values, valid of all before."""
        batch, new, _ = x.shape
        valid = valid.bool()
        x = x.masked_fill(~valid[..., None], 0)  # whatever stands at padding reaches nothing
        positions = valid.cumsum(1) - 1
        if cache is not None:
            positions = positions + cache[2].sum(1, keepdim=True)
        cos, sin = self._angles(positions.clamp(min=0))

        q = self.q(x).view(batch, new, self.heads, self.head_dim).transpose(1, 2)
        k = self.k(x).view(batch, new, self.kv_heads, self.head_dim).transpose(1, 2)
        v = self.v(x).view(batch, new, self.kv_heads, self.head_dim).transpose(1, 2)
        q, k, known = self._rotate(q, cos, sin), self._rotate(k, cos, sin), valid
        if cache is not None:
            k, v = torch.cat((cache[0], k), 2), torch.cat((cache[1], v), 2)
            known = torch.cat((cache[2], valid), 1)

        # Causal by place: query i of the new ones stands at past + i. A padded query sees itself
        # as well, for a softmax over nothing is NaN.
        key = torch.arange(known.shape[1], device=x.device)
        query = key[known.shape[1] - new :, None]
        seen = known[:, None, :] & (key <= query) | (key == query)
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=seen[:, None], enable_gqa=True)
        return self.o(y.transpose(1, 2).flatten(2)), (k, v, known)
