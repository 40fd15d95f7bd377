import torch
from torch import Tensor


def _rotate(x: Tensor, position: Tensor) -> Tensor:
    half = x.shape[-1] // 2
    rate = 10_000.0 ** (-torch.arange(half, dtype=torch.float64) * 2 / x.shape[-1])
    angle = position.to(torch.float64)[:, None] * rate
    cos, sin = angle.cos().to(x.dtype), angle.sin().to(x.dtype)
    first, second = x[..., :half], x[..., half:]
    return torch.cat((first * cos - second * sin, first * sin + second * cos), -1)


class StreamingAttention:
    """Attention sinks and a sliding window, with positions within the cache.

    A query's own position is min(t, sinks + window - 1), a sink's is its index, and a window token
    lies t - j below the query. So keys are kept unrotated; the window needs only differences
    (taken from the first key of each call, so angles do not grow with the stream), and the sinks need the query at its capped position.
    """

    def __init__(self, sinks: int, window: int):
        if sinks < 0 or window < 1:
            raise ValueError("sinks must be at least 0 and window at least 1")
        self.sinks = sinks
        self.window = window
        self.seen = 0
        self.sink_k = self.sink_v = None  # the first `sinks` tokens
        self.recent_k = self.recent_v = None  # the last `window - 1` tokens

    def __call__(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        sinks, window, start, count = self.sinks, self.window, self.seen, q.shape[1]
        if count == 0:
            return torch.empty_like(v)
        if self.sink_k is None:
            self.sink_k, self.sink_v = k[:, :0].detach(), v[:, :0].detach()
            self.recent_k, self.recent_v = self.sink_k, self.sink_v

        missing = sinks - self.sink_k.shape[1]
        sink_k, sink_v = self.sink_k, self.sink_v
        if missing > 0:
            sink_k = torch.cat((sink_k, k[:, :missing]), 1)
            sink_v = torch.cat((sink_v, v[:, :missing]), 1)
        base = start - self.recent_k.shape[1]  # index in the text of the first of keys
        keys, values = torch.cat((self.recent_k, k), 1), torch.cat((self.recent_v, v), 1)

        # Everything is turned once a call; only differences of position matter within the window.
        time = torch.arange(start, start + count)
        sink_index, key_index = torch.arange(sink_k.shape[1]), torch.arange(base, start + count)
        q = q * q.shape[-1] ** -0.5
        near_q, near_k = _rotate(q, time - base), _rotate(keys, key_index - base).mT
        far_q = _rotate(q, time.clamp(max=sinks + window - 1))
        far_k = _rotate(sink_k, sink_index).mT
        split = sink_k.shape[1]
        block = max(128, min(window, 256))
        out = []
        for a in range(0, count, block):
            b = min(a + block, count)
            rows = slice(max(0, start + a - window + 1 - base), start + b - base)
            t, j = time[a:b, None], key_index[rows]
            hidden = torch.cat((sink_index > t, (j > t) | (j <= t - window) | (j < sinks)), -1)
            score = torch.cat((far_q[:, a:b] @ far_k, near_q[:, a:b] @ near_k[..., rows]), -1)
            weight = score.masked_fill_(hidden, float("-inf")).softmax(-1)
            out.append(weight[..., :split] @ sink_v + weight[..., split:] @ values[:, rows])

        # clones: a view would keep the whole chunk alive
        self.sink_k, self.sink_v = sink_k.detach().clone(), sink_v.detach().clone()
        keep = max(0, keys.shape[1] - (window - 1))
        self.recent_k, self.recent_v = keys[:, keep:].detach().clone(), values[:, keep:].detach().clone()
        self.seen = start + count
        return torch.cat(out, 1)
