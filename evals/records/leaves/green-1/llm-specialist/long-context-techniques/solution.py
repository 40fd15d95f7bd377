"""Attention with sinks and a sliding window; rotary positions count inside the cache."""

import torch

_BLOCK = 128  # queries at a time: time and memory grow with T * (sinks + window + _BLOCK)


def _rotate(x, positions):
    half = x.shape[-1] // 2
    rate = 10000.0 ** (-2.0 * torch.arange(half, dtype=torch.float64) / x.shape[-1])
    angle = positions.double()[:, None] * rate
    cos, sin = angle.cos().to(x.dtype), angle.sin().to(x.dtype)
    a, b = x[..., :half], x[..., half:]
    return torch.cat([a * cos - b * sin, a * sin + b * cos], dim=-1)


class StreamingAttention:
    """Two groups of keys, disjoint: the sinks (j < sinks), and the window's of j >= sinks.

    RoPE depends on differences alone. Within the window the difference of positions is t - j,
    whatever was evicted. To sink j it is min(t, sinks + window - 1) - j: the query's own number
    stops growing once tokens are left out between the sinks and the window. So each query is
    rotated twice, and no cached key is ever rotated anew.
    """

    def __init__(self, sinks: int, window: int):
        if sinks < 0 or window < 1:
            raise ValueError("sinks must be at least 0 and window at least 1")
        self.sinks, self.window = sinks, window
        self.seen = 0  # tokens so far
        self.first = None  # keys and values of the sinks, not rotated
        self.recent = None  # of the last window - 1 tokens that are not sinks, not rotated

    def __call__(self, q, k, v):
        dtype, total = q.dtype, q.shape[1]
        if dtype in (torch.float16, torch.bfloat16):
            q, k, v = q.float(), k.float(), v.float()
        if self.first is None:
            self.first = k[:, :0], v[:, :0]
            self.recent = k[:, :0], v[:, :0]
        start, sinks, window = self.seen, self.sinks, self.window
        split = min(max(sinks - start, 0), total)  # so many of the new tokens are sinks
        first = [torch.cat([old, x[:, :split]], 1) for old, x in zip(self.first, (k, v))]
        later = [torch.cat([old, x[:, split:]], 1) for old, x in zip(self.recent, (k, v))]
        offset = start + split - self.recent[0].shape[1]  # the text's index of later[0][:, 0]

        scale = q.shape[-1] ** -0.5
        number = torch.arange(first[0].shape[1])
        sink_keys = _rotate(first[0], number)
        out = torch.empty_like(v)
        for a in range(0, total, _BLOCK):
            b = min(a + _BLOCK, total)
            t = torch.arange(start + a, start + b)
            low = max(start + a - window + 1, offset)
            high = max(start + b, low)
            j = torch.arange(low, high)
            keys, values = (x[:, low - offset : high - offset] for x in later)
            query = q[:, a:b] * scale
            to_sinks = _rotate(query, t.clamp(max=sinks + window - 1)) @ sink_keys.mT
            to_window = _rotate(query, t - low) @ _rotate(keys, j - low).mT  # small numbers
            allowed = torch.cat(
                [number <= t[:, None], (j <= t[:, None]) & (j > t[:, None] - window)], 1
            )
            scores = torch.cat([to_sinks, to_window], -1).masked_fill(~allowed, -torch.inf)
            out[:, a:b] = scores.softmax(-1) @ torch.cat([first[1], values], 1)

        self.seen += total
        kept = min(window - 1, later[0].shape[1])  # the next query brings itself
        size = later[0].shape[1]
        # copies, lest a view keep the whole chunk alive
        self.first = tuple(x.detach().clone() for x in first)
        self.recent = tuple(x[:, size - kept :].detach().clone() for x in later)
        return out.to(dtype)
