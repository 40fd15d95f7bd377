"""Attention of StreamingLLM: sinks and a sliding window, RoPE positions within the cache."""

import torch
from torch import Tensor


def _rotate(x: Tensor, position: Tensor) -> Tensor:
    """RoPE; x (heads, n, head_dim), position (n,)."""
    half = x.shape[-1] // 2
    rate = 10_000.0 ** (-torch.arange(half, dtype=torch.float64) / half)
    angle = position.to(torch.float64)[:, None] * rate
    cos, sin = angle.cos().to(x), angle.sin().to(x)
    first, second = x[..., :half], x[..., half:]
    return torch.cat((first * cos - second * sin, second * cos + first * sin), -1)


class StreamingAttention:
    def __init__(self, sinks: int, window: int):
        self.sinks, self.window = sinks, window
        self.seen = 0  # tokens of the stream so far
        self.first: tuple[Tensor, Tensor] | None = None  # keys, values of the first `sinks` tokens
        self.recent: tuple[Tensor, Tensor] | None = None  # of the last `window - 1`; not rotated

    def __call__(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        if self.first is None:
            self.first = (k[:, :0], v[:, :0])
            self.recent = (k[:, :0], v[:, :0])
        sinks, window, seen, length = self.sinks, self.window, self.seen, q.shape[1]
        missing = max(sinks - self.first[0].shape[1], 0)
        first_k, first_v = (torch.cat((a, b[:, :missing]), 1) for a, b in zip(self.first, (k, v)))
        all_k, all_v = (torch.cat((a, b), 1) for a, b in zip(self.recent, (k, v)))
        start = seen - self.recent[0].shape[1]  # time of all_k[:, 0]

        exact = torch.float32 if q.dtype in (torch.float16, torch.bfloat16) else q.dtype
        sink_time = torch.arange(first_k.shape[1])
        sink_key = _rotate(first_k.to(exact), sink_time)
        block = max(64, min(window, 512))
        outs = []
        for a in range(seen, seen + length, block):
            b = min(a + block, seen + length)
            low = max(a - window + 1, start)
            time, key_time = torch.arange(a, b), torch.arange(low, b)
            query = q[:, a - seen : b - seen].to(exact)
            keys, values = all_k[:, low - start : b - start], all_v[:, low - start : b - start]
            # Within the window cache positions differ as times do; only the difference counts.
            near = _rotate(query, time - low) @ _rotate(keys.to(exact), key_time - low).mT
            age = time[:, None] - key_time
            near = near.masked_fill((age < 0) | (age >= window), -torch.inf)
            # Sinks that the window no longer covers: the query's own number is the last one.
            own = time.clamp(max=sinks + window - 1)
            far = _rotate(query, own) @ sink_key.mT
            far = far.masked_fill(time[:, None] - sink_time < window, -torch.inf)
            weight = (torch.cat((far, near), -1) * q.shape[-1] ** -0.5).softmax(-1)
            outs.append(weight @ torch.cat((first_v, values), 1).to(exact))

        keep = min(window - 1, all_k.shape[1])
        # clones: a view would keep the whole chunk alive
        self.first = (first_k.detach().clone(), first_v.detach().clone())
        self.recent = tuple(x[:, x.shape[1] - keep :].detach().clone() for x in (all_k, all_v))
        self.seen += length
        return torch.cat(outs, 1).to(q.dtype) if outs else torch.empty_like(v)
