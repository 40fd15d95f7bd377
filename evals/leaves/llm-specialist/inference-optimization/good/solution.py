import torch

GROUP = 64  # tokens that share the scales of a key's channel


def pack(x, dim):
    """Codes of 4 bits, two to a byte, with a scale and a lowest value along dim."""
    low, high = x.amin(dim, keepdim=True), x.amax(dim, keepdim=True)
    scale = ((high - low).float() / 15).clamp(min=1e-6).half()
    codes = ((x.float() - low.float()) / scale.float()).round().clamp(0, 15).to(torch.uint8)
    return codes[..., 0::2] | codes[..., 1::2] << 4, scale, low


def unpack(packed):
    codes, scale, low = packed
    both = torch.stack([codes & 15, codes >> 4], -1).flatten(-2)
    return both.float() * scale.float() + low.float()


class KVCache:
    """Keys by channel over groups of tokens, values by token; the newest tokens in 16 bits."""

    def __init__(self, heads, head_dim):
        self.keys, self.values = [], []
        self.k = torch.empty(heads, 0, head_dim, dtype=torch.float16)
        self.v = torch.empty(heads, 0, head_dim, dtype=torch.float16)

    def append(self, k, v):
        self.k, self.v = torch.cat([self.k, k], 1), torch.cat([self.v, v], 1)
        while self.k.shape[1] >= GROUP:
            self.keys.append(pack(self.k[:, :GROUP], 1))
            self.values.append(pack(self.v[:, :GROUP], 2))
            self.k, self.v = self.k[:, GROUP:].clone(), self.v[:, GROUP:].clone()

    def attend(self, q):
        k = torch.cat([*map(unpack, self.keys), self.k.float()], 1)
        v = torch.cat([*map(unpack, self.values), self.v.float()], 1)
        weights = (torch.einsum("hd,htd->ht", q.float(), k) * q.shape[1] ** -0.5).softmax(-1)
        return torch.einsum("ht,htd->hd", weights, v)
