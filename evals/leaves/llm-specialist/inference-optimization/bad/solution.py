import torch

GROUP = 32  # numbers of a token that share a scale


def pack(x):
    x = x.float().unflatten(-1, (-1, GROUP))
    low, high = x.amin(-1, keepdim=True), x.amax(-1, keepdim=True)
    scale = ((high - low) / 15).clamp(min=1e-6)
    codes = ((x - low) / scale).round().to(torch.uint8).flatten(-2)
    return codes[..., 0::2] | codes[..., 1::2] << 4, scale.half(), low.half()


def unpack(codes, scale, low):
    both = torch.stack([codes & 15, codes >> 4], -1).flatten(-2).unflatten(-1, (-1, GROUP))
    return (both.float() * scale.float() + low.float()).flatten(-2)


class KVCache:
    def __init__(self, heads, head_dim):
        self.k = self.v = None

    def append(self, k, v):
        k, v = pack(k), pack(v)
        if self.k is None:
            self.k, self.v = k, v
        else:
            self.k = tuple(torch.cat(pair, 1) for pair in zip(self.k, k, strict=True))
            self.v = tuple(torch.cat(pair, 1) for pair in zip(self.v, v, strict=True))

    def attend(self, q):
        k, v = unpack(*self.k), unpack(*self.v)
        weights = (torch.einsum("hd,htd->ht", q.float(), k) * q.shape[1] ** -0.5).softmax(-1)
        return torch.einsum("ht,htd->hd", weights, v)
