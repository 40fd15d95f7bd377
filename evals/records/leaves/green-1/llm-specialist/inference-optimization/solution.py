"""A KV cache in 4 bits: keys quantised by channel, values by token.

Keys have a few channels with a large constant offset, so a key's scale must belong to a channel
(over 32 tokens); values differ in size from token to token, so theirs belongs to a token (over 32
channels). Both take 4 bits a number and 32 bits of scale and minimum a group: 5 bits. Tokens wait
in float16 until 32 have come together, and are attended to meanwhile.
"""

import torch

GROUP = 32  # tokens of a key group, channels of a value group
PAGE = 4096  # tokens of the largest piece, dequantised at a time


def _quantise(x, dim):
    """Codes 0 to 15 along groups that lie in dim, with the float16 scale and minimum of each."""
    low, high = x.amin(dim, keepdim=True), x.amax(dim, keepdim=True)
    scale = ((high - low) / 15).half()
    step = scale.float()
    codes = torch.where(step > 0, (x - low) / step, 0).round().clamp(0, 15).to(torch.uint8)
    return codes, scale.squeeze(dim), low.half().squeeze(dim)  # low is exact: x was float16


def _pack(codes):
    first, second = codes.chunk(2, -1)
    return first | (second << 4)


def _unpack(packed):
    return torch.cat((packed & 15, packed >> 4), -1).float()


class KVCache:
    def __init__(self, heads: int, head_dim: int):
        if head_dim % 2:
            raise ValueError("two codes share a byte: head_dim must be even")
        self.heads, self.head_dim = heads, head_dim
        self.v_group = GROUP if head_dim % GROUP == 0 else head_dim
        # Pieces of 32, 64, ... PAGE tokens, merged like the digits of a binary counter: no spare
        # room is held, and a token is copied a few times at most.
        self.pages = []
        self.k_wait = torch.empty(heads, 0, head_dim, dtype=torch.float16)
        self.v_wait = torch.empty(heads, 0, head_dim, dtype=torch.float16)

    def __len__(self):
        return sum(page[0].shape[1] for page in self.pages) + self.k_wait.shape[1]

    @torch.no_grad()
    def append(self, k, v):
        """Keys and values of n new tokens, (heads, n, head_dim)."""
        if k.shape != v.shape or k.shape[::2] != (self.heads, self.head_dim):
            raise ValueError(f"k {tuple(k.shape)}, v {tuple(v.shape)}: (heads, n, head_dim) wanted")
        k = torch.cat((self.k_wait, k.half()), 1)
        v = torch.cat((self.v_wait, v.half()), 1)
        full, start = k.shape[1] // GROUP * GROUP, 0
        while start < full:
            end = min(start + PAGE, full)
            self._seal(k[:, start:end], v[:, start:end])
            start = end
        self.k_wait, self.v_wait = k[:, full:].clone(), v[:, full:].clone()  # no view of the rest

    def _seal(self, k, v):
        k, v = k.float().unflatten(1, (-1, GROUP)), v.float().unflatten(2, (-1, self.v_group))
        k_codes, k_scale, k_low = _quantise(k, 2)  # (heads, groups, 32, dim), (heads, groups, dim)
        v_codes, v_scale, v_low = _quantise(v, 3)  # (heads, n, groups, 32), (heads, n, groups)
        k_codes, v_codes = _pack(k_codes.flatten(1, 2)), _pack(v_codes.flatten(2))
        self.pages.append((k_codes, k_scale, k_low, v_codes, v_scale, v_low))
        while len(self.pages) > 1:
            before, last = self.pages[-2][0].shape[1], self.pages[-1][0].shape[1]
            if before > last or before + last > PAGE:
                break
            pair = self.pages[-2:]
            self.pages[-2:] = [tuple(torch.cat(parts, 1) for parts in zip(*pair, strict=True))]

    @torch.no_grad()
    def attend(self, q):
        """Softmax attention of one query, (heads, head_dim), over all tokens so far."""
        if not len(self):
            raise ValueError("nothing to attend to")
        q = q.float()[:, :, None] / self.head_dim**0.5
        logits = []
        for codes, scale, low, *_ in self.pages:
            # q . (scale * code + low): the scale of a channel goes into the query
            codes = _unpack(codes).unflatten(1, (-1, GROUP))
            scaled = scale.float()[..., None] * q[:, None]
            part = (codes @ scaled).squeeze(-1) + low.float() @ q
            logits.append(part.flatten(1))
        logits.append((self.k_wait.float() @ q).squeeze(-1))
        p = torch.cat(logits, 1).softmax(1)

        out, start = torch.zeros(self.heads, self.head_dim), 0
        for *_, codes, scale, low in self.pages:
            n = codes.shape[1]
            weight = p[:, start : start + n, None]
            codes = _unpack(codes).unflatten(2, (-1, self.v_group))
            scaled = weight * scale.float()
            part = torch.einsum("hng,hngc->hgc", scaled, codes)
            part = part + (weight * low.float()).sum(1)[..., None]
            out += part.flatten(1)
            start += n
        return out + (p[:, None, start:] @ self.v_wait.float()).squeeze(1)
