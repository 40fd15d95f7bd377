"""A key-value cache in 4 bits.

Keys have a few channels that are large and nearly constant, so each channel is quantised on its own, over blocks of
64 tokens (a token's scale would be spent on those channels). Values have single large entries and tokens of very
different size, so each token is quantised on its own, in groups of 32 channels. Both with a minimum and a step in
16 bits: 4.5 bits a key's number, 5 a value's. Tokens that do not yet fill a block stay in 16 bits.
"""

import math

import torch

BLOCK = 64
GROUP = 32
CHUNK = 64  # blocks that are unpacked at a time


def _quantise(x, dim):
    """Codes 0 to 15 along `dim`, with the step and minimum that give `code * step + low`."""
    low = x.amin(dim, keepdim=True)
    step = ((x.amax(dim, keepdim=True) - low) / 15).half()
    wide = step.float()
    codes = torch.where(wide > 0, (x - low) / wide.clamp_min(1e-12), 0.0).round().clamp_(0, 15)
    return codes.to(torch.uint8), step, low.half()


def _pack(codes):
    return codes[..., ::2] | (codes[..., 1::2] << 4)


def _unpack(packed):
    return torch.stack((packed & 15, packed >> 4), -1).flatten(-2).float()


class KVCache:
    def __init__(self, heads: int, head_dim: int):
        if head_dim % 2:
            raise ValueError("head_dim must be even")
        self.heads, self.head_dim = heads, head_dim
        self.group = math.gcd(head_dim, GROUP)
        self.k_new = self.v_new = torch.empty(heads, 0, head_dim, dtype=torch.float16)
        self.blocks = 0
        # (head, block, ...): codes, steps, minima of keys, then of values
        self.packed = None

    @torch.no_grad()
    def append(self, k, v):
        self.k_new = torch.cat((self.k_new, k.half()), 1)
        self.v_new = torch.cat((self.v_new, v.half()), 1)
        blocks = self.k_new.shape[1] // BLOCK
        if not blocks:
            return
        full = blocks * BLOCK
        keys = self.k_new[:, :full].float().view(self.heads, blocks, BLOCK, self.head_dim)
        values = self.v_new[:, :full].float().view(self.heads, blocks, BLOCK, -1, self.group)
        # clone, so that the packed tokens' 16-bit memory goes
        self.k_new, self.v_new = self.k_new[:, full:].clone(), self.v_new[:, full:].clone()
        k_codes, k_step, k_low = _quantise(keys, 2)
        v_codes, v_step, v_low = _quantise(values, 4)
        fresh = (_pack(k_codes), k_step, k_low, _pack(v_codes.flatten(3)), v_step, v_low)
        self.packed = fresh if self.packed is None else tuple(
            torch.cat(pair, 1) for pair in zip(self.packed, fresh)
        )
        self.blocks += blocks

    @torch.no_grad()
    def attend(self, q):
        """Attention of one query a head over all tokens so far."""
        q = q.float() / math.sqrt(self.head_dim)
        parts = [slice(at, at + CHUNK) for at in range(0, self.blocks, CHUNK)]
        scores = []
        for part in parts:
            codes, step, low = (t[:, part] for t in self.packed[:3])
            keys = _unpack(codes).mul_(step.float()).add_(low.float())
            scores.append(torch.einsum("hd,hbtd->hbt", q, keys).flatten(1))
        scores.append(torch.einsum("hd,htd->ht", q, self.k_new.float()))
        weights = torch.cat(scores, 1).softmax(-1)

        done = self.blocks * BLOCK
        out = torch.einsum("ht,htd->hd", weights[:, done:], self.v_new.float())
        packed_weights = weights[:, :done].view(self.heads, -1, BLOCK)
        for part in parts:
            codes, step, low = (t[:, part] for t in self.packed[3:])
            values = _unpack(codes).unflatten(-1, (-1, self.group)).mul_(step.float()).add_(low.float())
            out += torch.einsum("hbt,hbtd->hd", packed_weights[:, part], values.flatten(3))
        return out
