import torch


def rotate(x, positions):
    half = x.shape[-1] // 2
    rates = 10000.0 ** (-torch.arange(half, dtype=torch.float64) / half)
    angle = positions[..., None].double() * rates
    cos, sin = angle.cos().to(x.dtype), angle.sin().to(x.dtype)
    a, b = x[..., :half], x[..., half:]
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)


class StreamingAttention:
    def __init__(self, sinks, window):
        self.sinks, self.window = sinks, window
        self.k = self.v = None  # the window, not rotated, and before it the sinks
        self.start = self.count = 0

    def __call__(self, q, k, v):
        if self.k is None:
            self.first_k, self.first_v, self.k, self.v = k[:, :0], v[:, :0], k[:, :0], v[:, :0]
        missing = max(0, self.sinks - self.count)
        self.first_k = torch.cat([self.first_k, k[:, :missing]], 1)
        self.first_v = torch.cat([self.first_v, v[:, :missing]], 1)
        offset = self.count - self.k.shape[1]  # time of the first key in the window's buffer
        k, v = torch.cat([self.k, k], 1), torch.cat([self.v, v], 1)
        outs = [
            self._some(q[:, i : i + 256], k, v, self.count + i, offset)
            for i in range(0, q.shape[1], 256)
        ]
        self.count += q.shape[1]
        keep = min(self.window - 1, k.shape[1])
        self.k = k[:, k.shape[1] - keep :].clone()
        self.v = v[:, v.shape[1] - keep :].clone()
        return torch.cat(outs, 1)

    def _some(self, q, k, v, start, offset):
        end = start + q.shape[1]
        low = max(offset, start - self.window + 1)
        k, v = k[:, low - offset : end - offset], v[:, low - offset : end - offset]
        t, j = torch.arange(start, end), torch.arange(low, end)
        first = torch.arange(self.first_k.shape[1])
        # In the window distances are those of the text; a sink is as far as the cache is long.
        own = torch.minimum(t, torch.tensor(self.sinks + self.window - 1))
        near = rotate(q, t - low) @ rotate(k, j - low).transpose(1, 2)
        far = rotate(q, own) @ rotate(self.first_k, first).transpose(1, 2)
        gap = t[:, None] - j
        near = near.masked_fill((gap < 0) | (gap >= self.window) | (j < self.sinks), -torch.inf)
        far = far.masked_fill(first > t[:, None], -torch.inf)
        weights = (torch.cat([far, near], -1) * q.shape[2] ** -0.5).softmax(-1)
        return weights @ torch.cat([self.first_v, v], 1)
