import torch
import torch.nn.functional as F
from torch import nn


class Attention(nn.Module):
    def __init__(self, dim, heads, kv_heads, base=10000.0):
        super().__init__()
        self.heads, self.kv_heads, self.width, self.base = heads, kv_heads, dim // heads, base
        self.q = nn.Linear(dim, dim, bias=False)
        self.k = nn.Linear(dim, kv_heads * self.width, bias=False)
        self.v = nn.Linear(dim, kv_heads * self.width, bias=False)
        self.o = nn.Linear(dim, dim, bias=False)

    def rotate(self, x, positions):
        i = torch.arange(self.width // 2, device=x.device, dtype=torch.float32)
        angle = positions[:, None, :, None].float() * self.base ** (-2 * i / self.width)
        a, b = x.float().chunk(2, -1)
        cos, sin = angle.cos(), angle.sin()
        return torch.cat([a * cos - b * sin, b * cos + a * sin], -1).to(x.dtype)

    def forward(self, x, valid, cache=None):
        batch, length, _ = x.shape
        before = cache["valid"] if cache else valid[:, :0]
        keys_valid = torch.cat([before, valid], 1)
        positions = (keys_valid.long().cumsum(1) - 1).clamp(min=0)[:, -length:]
        q = self.q(x).view(batch, length, self.heads, self.width).transpose(1, 2)
        k = self.k(x).view(batch, length, self.kv_heads, self.width).transpose(1, 2)
        v = self.v(x).view(batch, length, self.kv_heads, self.width).transpose(1, 2)
        q, k = self.rotate(q, positions), self.rotate(k, positions)
        if cache:
            k, v = torch.cat([cache["k"], k], 2), torch.cat([cache["v"], v], 2)
        total = k.shape[2]
        seen = torch.arange(total) <= torch.arange(total - length, total)[:, None]
        mask = seen & keys_valid[:, None, None, :]
        own = torch.arange(total) == torch.arange(total - length, total)[:, None]
        mask = mask | (own & ~valid[:, None, :, None])  # a padded query sees itself alone
        out = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, enable_gqa=True)
        out = self.o(out.transpose(1, 2).reshape(batch, length, -1))
        return out, {"k": k, "v": v, "valid": keys_valid}
