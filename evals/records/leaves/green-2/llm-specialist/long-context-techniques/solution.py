"""Attention with sinks and a sliding window in fixed memory (StreamingLLM)."""

import torch

BLOCK = 512  # queries at once: memory BLOCK x (sinks + window + BLOCK) a head


def _rotate(x, positions):
    """Rotary positions by halves; x: (heads, T, D), positions: (T,)."""
    half = x.shape[-1] // 2
    rate = 10_000.0 ** (-2.0 * torch.arange(half, dtype=torch.float64) / x.shape[-1])
    angle = (positions.double()[:, None] * rate).to(x.device)
    cos, sin = angle.cos().to(x.dtype), angle.sin().to(x.dtype)
    a, b = x[..., :half], x[..., half:]
    return torch.cat([a * cos - b * sin, a * sin + b * cos], dim=-1)


class StreamingAttention:
    """Between calls: keys (not rotated) and values of the sinks and the last window - 1 others."""

    def __init__(self, sinks: int, window: int):
        if sinks < 0 or window < 1:
            raise ValueError("sinks must be at least 0 and window at least 1")
        self.sinks, self.window = sinks, window
        self.seen = 0  # tokens so far
        self.sink = self.recent = None  # (keys, values); recent: tokens that are no sinks

    def __call__(self, q, k, v):
        if self.sink is None:
            self.sink = self.recent = (k[:, :0].detach().clone(), v[:, :0].detach().clone())
        begin, time = self.seen, q.shape[1]
        new_sinks = min(max(self.sinks - begin, 0), time)
        sink_k, sink_v = (
            torch.cat([old, new[:, :new_sinks]], 1) for old, new in zip(self.sink, (k, v))
        )
        keys, values = (
            torch.cat([old, new[:, new_sinks:]], 1) for old, new in zip(self.recent, (k, v))
        )
        first = begin + time - keys.shape[1]  # the text's number of keys[:, 0]

        exact = torch.promote_types(q.dtype, torch.float32)
        scale = q.shape[-1] ** -0.5
        sinks = torch.arange(sink_k.shape[1])
        rotated_sinks = _rotate(sink_k.to(exact), sinks)
        parts = []
        for at in range(0, time, BLOCK):
            size = min(BLOCK, time - at)
            query = q[:, at : at + size].to(exact)
            t = torch.arange(begin + at, begin + at + size)
            # Sinks: positions stand still once the window is full.
            own = t.clamp(max=self.sinks + self.window - 1)
            to_sinks = _rotate(query, own) @ rotated_sinks.mT * scale
            to_sinks = to_sinks.masked_fill((sinks > t[:, None]).to(q.device), -torch.inf)
            # The window: only differences count, so number from the block's first key.
            low = max(begin + at - self.window + 1, first)
            high = max(begin + at + size, low)
            j = torch.arange(low, high)
            near = slice(low - first, high - first)
            there = _rotate(query, t - low) @ _rotate(keys[:, near].to(exact), j - low).mT * scale
            hidden = (j > t[:, None]) | (j <= t[:, None] - self.window)
            there = there.masked_fill(hidden.to(q.device), -torch.inf)
            weights = torch.cat([to_sinks, there], -1).softmax(-1)
            mixed = torch.cat([sink_v, values[:, near]], 1).to(exact)
            parts.append((weights @ mixed).to(q.dtype))

        # Copies: a view would keep the whole chunk alive.
        keep = max(keys.shape[1] - (self.window - 1), 0)
        self.sink = (sink_k.detach().clone(), sink_v.detach().clone())
        self.recent = (keys[:, keep:].detach().clone(), values[:, keep:].detach().clone())
        self.seen = begin + time
        return torch.cat(parts, 1) if parts else torch.zeros_like(v)
