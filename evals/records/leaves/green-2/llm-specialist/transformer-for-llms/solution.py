import torch
from torch import nn
from torch.nn import functional as F


def _rotate(x, positions, base):
    """RoPE, half-split, for x (B, heads, T, size) at positions (B, T).

    Angles are made here, not kept in a buffer that .to(bfloat16) would round: bfloat16 holds no
    positions past 256.
    """
    half = x.shape[-1] // 2
    powers = torch.arange(half, dtype=torch.float64, device=x.device) / half
    angles = (positions[:, None, :, None].double() * base**-powers).float()
    cos, sin = angles.cos(), angles.sin()
    first, second = x.float().chunk(2, -1)
    turned = torch.cat((first * cos - second * sin, second * cos + first * sin), -1)
    return turned.to(x.dtype)


class Attention(nn.Module):
    def __init__(self, dim, heads, kv_heads, base=10000.0):
        super().__init__()
        if dim % heads or heads % kv_heads or dim // heads % 2:
            raise ValueError("dim / heads must be a whole even number, heads a multiple of kv_heads")
        self.heads, self.kv_heads, self.size, self.base = heads, kv_heads, dim // heads, base
        self.q = nn.Linear(dim, dim, bias=False)
        self.k = nn.Linear(dim, kv_heads * self.size, bias=False)
        self.v = nn.Linear(dim, kv_heads * self.size, bias=False)
        self.o = nn.Linear(dim, dim, bias=False)

    def forward(self, x, valid, cache=None):
        batch, new, _ = x.shape
        valid = valid.bool()
        x = x.masked_fill(~valid[..., None], 0)  # whatever padding holds
        q = self.q(x).view(batch, new, self.heads, self.size).transpose(1, 2)
        k = self.k(x).view(batch, new, self.kv_heads, self.size).transpose(1, 2)
        v = self.v(x).view(batch, new, self.kv_heads, self.size).transpose(1, 2)

        # positions count the real tokens of a row, also over earlier calls
        before = 0 if cache is None else cache["count"][:, None]
        seen = before + valid.long().cumsum(1)
        positions = (seen - 1).clamp(min=0)
        q, k = _rotate(q, positions, self.base), _rotate(k, positions, self.base)

        keys_valid = valid
        if cache is not None:
            k = torch.cat((cache["k"], k), 2)
            v = torch.cat((cache["v"], v), 2)
            keys_valid = torch.cat((cache["valid"], valid), 1)
        count = seen[:, -1] if new else before[:, 0]
        cache = {"k": k, "v": v, "valid": keys_valid, "count": count}

        total = k.shape[2]
        query_at = torch.arange(total - new, total, device=x.device)[:, None]
        key_at = torch.arange(total, device=x.device)
        mask = (key_at <= query_at) & keys_valid[:, None]
        # every query sees itself: a softmax over nothing would be NaN
        mask = (mask | (key_at == query_at))[:, None]  # (B, 1, T, S)

        groups = self.heads // self.kv_heads
        if new == 1:  # decoding: the heads of a group as queries, so that keys are not copied
            q = q.reshape(batch, self.kv_heads, groups, self.size)
            y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
            y = y.reshape(batch, self.heads, 1, self.size)
        else:
            k, v = k.repeat_interleave(groups, 1), v.repeat_interleave(groups, 1)
            y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        return self.o(y.transpose(1, 2).reshape(batch, new, -1)), cache
