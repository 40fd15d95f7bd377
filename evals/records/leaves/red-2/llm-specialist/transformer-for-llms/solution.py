import torch
from torch import nn
from torch.nn import functional as F


class Attention(nn.Module):
    """Grouped-query attention with RoPE, for left-padded batches, in chunks or token by token.

    The cache is a tuple (keys, values, valid, count): rotated keys and values of all tokens so far,
    (B, kv_heads, S, head_dim), which of them are real, (B, S), and how many, (B,).
    """

    def __init__(self, dim, heads, kv_heads, base=10000.0):
        super().__init__()
        if dim % heads or heads % kv_heads or dim // heads % 2:
            raise ValueError("heads must divide dim, kv_heads heads, and head_dim must be even")
        self.heads, self.kv_heads, self.head_dim, self.base = heads, kv_heads, dim // heads, base
        self.q = nn.Linear(dim, heads * self.head_dim, bias=False)
        self.k = nn.Linear(dim, kv_heads * self.head_dim, bias=False)
        self.v = nn.Linear(dim, kv_heads * self.head_dim, bias=False)
        self.o = nn.Linear(heads * self.head_dim, dim, bias=False)

    def _angles(self, positions):
        # No buffer: .to(bfloat16) would round it, and bfloat16 has no whole numbers beyond 256.
        i = torch.arange(0, self.head_dim, 2, dtype=torch.float64, device=positions.device)
        angles = positions[:, None, :, None].double() * self.base ** (-i / self.head_dim)
        return angles.cos().float(), angles.sin().float()

    @staticmethod
    def _rotate(x, cos, sin):
        first, second = x.float().chunk(2, -1)
        turned = torch.cat([first * cos - second * sin, second * cos + first * sin], -1)
        return turned.to(x.dtype)

    def forward(self, x, valid, cache=None):
        b, t, _ = x.shape
        valid = valid.bool()
        x = x.masked_fill(~valid[..., None], 0.0)  # whatever lies at padding reaches nothing

        q = self.q(x).view(b, t, self.heads, self.head_dim).transpose(1, 2)
        k = self.k(x).view(b, t, self.kv_heads, self.head_dim).transpose(1, 2)
        v = self.v(x).view(b, t, self.kv_heads, self.head_dim).transpose(1, 2)

        seen = valid.long().cumsum(1)
        if cache is not None:
            seen = seen + cache[3][:, None]
        cos, sin = self._angles((seen - 1).clamp(min=0))
        q, k = self._rotate(q, cos, sin), self._rotate(k, cos, sin)

        known = valid
        if cache is not None:
            k = torch.cat([cache[0], k], 2)
            v = torch.cat([cache[1], v], 2)
            known = torch.cat([cache[2], valid], 1)
        count = seen[:, -1] if t else (cache[3] if cache is not None else valid.sum(1))

        s = k.shape[2]
        at = torch.arange(s - t, s, device=x.device)[:, None]
        to = torch.arange(s, device=x.device)
        # a padding query sees itself alone (zeros), so that no row of the softmax is empty
        mask = ((to <= at) & known[:, None]) | (to == at)
        out = self._attend(q, k, v, mask[:, None])
        out = self.o(out.transpose(1, 2).reshape(b, t, self.heads * self.head_dim))
        return out.masked_fill(~valid[..., None], 0.0), (k, v, known, count)

    def _attend(self, q, k, v, mask):
        b, _, t, d = q.shape
        if t == 1:  # the heads of a group become rows: no copy of the cache for each of them
            q = q.reshape(b, self.kv_heads, -1, d)
            return F.scaled_dot_product_attention(q, k, v, mask).reshape(b, self.heads, 1, d)
        return F.scaled_dot_product_attention(q, k, v, mask, enable_gqa=True)
