import math

import torch


class KVCache:
    """A key-value cache in 4 bits with 16-bit scales.

    Our keys have a few channels with a large, steady offset, so keys are scaled per channel, over
    GROUP tokens; the values' sizes differ from token to token, so values are scaled per token, over
    up to GROUP channels. Tokens wait in float16 until a group is full. That is
    4 + 32 / GROUP = 5 bits a number, and up to GROUP - 1 tokens in 16 bits.
    """

    GROUP = 32
    SEGMENT = 64  # groups to a segment: bounds what an append copies and what attend unpacks at once

    def __init__(self, heads: int, head_dim: int):
        if head_dim % 2:
            raise ValueError("head_dim must be even")
        self.heads, self.head_dim = heads, head_dim
        self.v_group = math.gcd(head_dim, self.GROUP)
        self.segments = []  # each a tuple: K codes, scales, lows, V codes, scales, lows
        self.recent_k = torch.empty(heads, 0, head_dim, dtype=torch.float16)
        self.recent_v = torch.empty(heads, 0, head_dim, dtype=torch.float16)

    @torch.no_grad()
    def append(self, k, v):
        k = torch.cat([self.recent_k, k.to(torch.float16)], 1)
        v = torch.cat([self.recent_v, v.to(torch.float16)], 1)
        full = k.shape[1] // self.GROUP
        start = 0
        while start < full:
            room = self.SEGMENT
            if self.segments and self.segments[-1][0].shape[1] < self.SEGMENT:
                room -= self.segments[-1][0].shape[1]
            stop = min(full, start + room)
            span = slice(start * self.GROUP, stop * self.GROUP)
            new = self._quantise_k(k[:, span]) + self._quantise_v(v[:, span])
            if room < self.SEGMENT:
                old = self.segments[-1]
                self.segments[-1] = tuple(torch.cat(pair, 1) for pair in zip(old, new))
            else:
                self.segments.append(new)
            start = stop
        self.recent_k = k[:, full * self.GROUP :].clone()  # no view that keeps a whole prompt alive
        self.recent_v = v[:, full * self.GROUP :].clone()

    @torch.no_grad()
    def attend(self, q):
        q = q.float().unsqueeze(1)  # (heads, 1, head_dim)
        scores = [q @ self._k(segment).transpose(1, 2) for segment in self.segments]
        scores.append(q @ self.recent_k.float().transpose(1, 2))
        sizes = [s.shape[-1] for s in scores]
        weights = torch.softmax(torch.cat(scores, -1) * self.head_dim**-0.5, -1).split(sizes, -1)
        out = weights[-1] @ self.recent_v.float()
        for weight, segment in zip(weights, self.segments):
            out += weight @ self._v(segment)
        return out.squeeze(1)

    @staticmethod
    def _quantise(x, dim):
        """Codes 0 to 15 of float32 x, with float16 scales and lows over `dim`."""
        low, high = x.amin(dim, keepdim=True), x.amax(dim, keepdim=True)
        low = low.half()
        scale = ((high - low.float()) / 15).half()
        step = scale.float()
        codes = torch.where(step > 0, (x - low.float()) / step, 0.0).round().clamp(0, 15)
        return codes.to(torch.uint8), scale, low

    def _quantise_k(self, k):
        x = k.float().reshape(self.heads, -1, self.GROUP, self.head_dim)
        codes, scale, low = self._quantise(x, 2)
        return codes[:, :, ::2] | codes[:, :, 1::2] << 4, scale, low

    def _quantise_v(self, v):
        x = v.float().reshape(self.heads, -1, self.GROUP, self.head_dim // self.v_group, self.v_group)
        codes, scale, low = self._quantise(x, 4)
        return codes[..., ::2] | codes[..., 1::2] << 4, scale, low

    def _k(self, segment):
        packed, scale, low = segment[:3]
        codes = torch.stack([packed & 15, packed >> 4], 3).flatten(2, 3)
        return (codes * scale.float() + low.float()).flatten(1, 2)

    def _v(self, segment):
        packed, scale, low = segment[3:]
        codes = torch.stack([packed & 15, packed >> 4], -1).flatten(-2)
        return (codes * scale.float() + low.float()).flatten(3).flatten(1, 2)
