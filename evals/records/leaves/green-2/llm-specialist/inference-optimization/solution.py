import torch

GROUP = 32  # numbers that share a scale and a minimum
LEVELS = 15
SHRINK = (1.0, 0.93, 0.86)  # ranges tried; the one with the least squared error is kept


def _quantise(x):
    """Groups along the last axis: codes, and scale and minimum in float16."""
    x = x.float()
    low, high = x.amin(-1, keepdim=True), x.amax(-1, keepdim=True)
    middle, half = (low + high) / 2, (high - low) / 2
    best = None
    for shrink in SHRINK:
        # what is stored is what the codes are computed from
        scale = (2 * shrink * half / LEVELS).half()
        minimum = (middle - shrink * half).half()
        step = scale.float()
        codes = (x - minimum.float()) / torch.where(step > 0, step, 1.0)
        codes = codes.round().clamp(0, LEVELS)
        error = (codes * step + minimum.float() - x).square().sum(-1, keepdim=True)
        if best is None:
            best = [error, codes, scale, minimum]
        else:
            better = error < best[0]
            now = (error, codes, scale, minimum)
            best = [torch.where(better, new, old) for new, old in zip(now, best, strict=True)]
    _, codes, scale, minimum = best
    return codes.to(torch.uint8), scale, minimum


def _pack(codes):
    return codes[..., 0::2] | (codes[..., 1::2] << 4)


def _unpack(packed):
    return torch.stack((packed & 15, packed >> 4), -1).flatten(-2).float()


class KVCache:
    """Keys and values in 4 bits, in blocks of 32 tokens; an unfinished block waits in 16 bits.

    Keys have channels far off zero: they get a scale and a minimum for each channel and block.
    Values have tokens far larger than others: they get them for each token and 32 channels.
    """

    def __init__(self, heads: int, head_dim: int):
        if head_dim % 2:
            raise ValueError("two codes share a byte: head_dim must be even")
        self.heads, self.dim = heads, head_dim
        self.v_group = GROUP if head_dim % GROUP == 0 else head_dim
        self.k_store = self.v_store = None  # packed codes, scales, minima; blocks on axis 1
        self.k_recent = torch.empty(heads, 0, head_dim, dtype=torch.float16)
        self.v_recent = torch.empty(heads, 0, head_dim, dtype=torch.float16)

    @torch.no_grad()
    def append(self, k, v):
        if k.shape != v.shape or k.shape[::2] != (self.heads, self.dim):
            raise ValueError(f"k and v must be ({self.heads}, n, {self.dim})")
        k = torch.cat((self.k_recent, k.to(torch.float16)), 1)
        v = torch.cat((self.v_recent, v.to(torch.float16)), 1)
        full = k.shape[1] // GROUP * GROUP
        if full:
            blocks = k[:, :full].unflatten(1, (-1, GROUP)).transpose(2, 3)  # (H, blocks, D, 32)
            self.k_store = self._add(self.k_store, blocks)
            blocks = v[:, :full].unflatten(1, (-1, GROUP)).unflatten(3, (-1, self.v_group))
            self.v_store = self._add(self.v_store, blocks)
        # clones: a view would keep all of it
        self.k_recent, self.v_recent = k[:, full:].clone(), v[:, full:].clone()

    @staticmethod
    def _add(store, blocks):
        codes, scale, minimum = _quantise(blocks)
        new = (_pack(codes), scale, minimum)
        # exact sizes; one copy a block costs less than a 32nd of the reading in between
        return new if store is None else tuple(
            torch.cat(pair, 1) for pair in zip(store, new, strict=True)
        )

    @staticmethod
    def _read(store, blocks):
        codes, scale, minimum = (part[:, blocks] for part in store)
        return _unpack(codes) * scale.float() + minimum.float()

    @torch.no_grad()
    def attend(self, q):
        q = q.float() * self.dim**-0.5
        count = 0 if self.k_store is None else self.k_store[0].shape[1]
        if not count and not self.k_recent.shape[1]:
            raise ValueError("nothing has been appended")
        # some blocks at a time, so that long contexts are never held unpacked
        pieces = [slice(at, at + 64) for at in range(0, count, 64)]
        scores = [
            torch.einsum("hd,hbdt->hbt", q, self._read(self.k_store, piece)).flatten(1)
            for piece in pieces
        ]
        scores.append(torch.einsum("hd,htd->ht", q, self.k_recent.float()))
        weights = torch.cat(scores, 1).softmax(-1)
        recent = weights[:, count * GROUP :]
        out = torch.einsum("ht,htd->hd", recent, self.v_recent.float())
        for piece in pieces:
            values = self._read(self.v_store, piece).flatten(3).flatten(1, 2)
            at = piece.start * GROUP
            out += torch.einsum("ht,htd->hd", weights[:, at : at + values.shape[1]], values)
        return out
