import torch


def rotate(x, positions):
    half = x.shape[-1] // 2
    angle = positions[:, None] * 10000.0 ** (-torch.arange(half) / half)
    a, b = x[..., :half], x[..., half:]
    cos, sin = angle.cos(), angle.sin()
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1).to(x.dtype)


class StreamingAttention:
    def __init__(self, sinks, window):
        self.sinks, self.window = sinks, window
        self.k = self.v = None
        self.times = torch.empty(0, dtype=torch.long)
        self.count = 0

    def __call__(self, q, k, v):
        new = torch.arange(self.count, self.count + q.shape[1])
        self.count += q.shape[1]
        if self.k is not None:
            k, v = torch.cat([self.k, k], 1), torch.cat([self.v, v], 1)
        times = torch.cat([self.times, new])
        positions = torch.arange(len(times))
        keys, queries = rotate(k, positions), rotate(q, positions[-len(new) :])
        gap = new[:, None] - times
        seen = (gap >= 0) & ((gap < self.window) | (times < self.sinks))
        scores = (queries @ keys.transpose(1, 2) * q.shape[2] ** -0.5).masked_fill(
            ~seen, -torch.inf
        )
        out = scores.softmax(-1) @ v
        kept = (times < self.sinks) | (times >= self.count - self.window)
        self.k, self.v, self.times = k[:, kept], v[:, kept], times[kept]
        return out
