"""Attention that reads the preallocated cache."""

import torch
from torch import Tensor

from cache import Cache


def attend(q: Tensor, cache: Cache, window: int | None = None) -> Tensor:
    """q: (batch, heads, new, size), the last `new` positions of each row; the same shape and type comes back.

    Queries that stand for no position (freed or short rows) give 0.
    """
    batch, heads, new, size = q.shape
    shared = cache.keys.shape[1]
    if heads % shared:
        raise ValueError(f"{heads} query heads are no multiple of the cache's {shared}")
    if window is not None and window < 1:
        raise ValueError("window must be at least 1")
    if batch == 0 or new == 0:
        return torch.zeros_like(q)
    lengths = cache.lengths.to(q.device)
    dtype = torch.promote_types(q.dtype, torch.float32)

    # Only the part of the cache that some query sees.
    end = max(int(lengths.max()), 1)
    begin = 0
    if window is not None and bool((lengths > 0).any()):
        begin = max(int(lengths[lengths > 0].min()) - new - window + 1, 0)
    place = torch.arange(begin, end, device=q.device)
    # Past a row's length lies whatever the memory held, nan included. A weight of 0 does not stop nan, neither in weights @ values
    # nor in the gradient's 0 @ keys, so it is blanked; this also copies, so later appends do not disturb a backward.
    stale = (place >= lengths[:, None])[:, None, :, None]
    keys = cache.keys[:, :, begin:end].to(dtype).masked_fill(stale, 0.0)
    values = cache.values[:, :, begin:end].to(dtype).masked_fill(stale, 0.0)

    position = lengths[:, None] - new + torch.arange(new, device=q.device)  # (batch, new)
    real = position >= 0
    seen = place <= position[..., None]
    if window is not None:
        seen &= place > position[..., None] - window
    seen |= ~real[..., None]  # a softmax over nothing is nan; these queries are 0 and their output is blanked below
    unreal = ~real[:, None, :, None]

    with torch.autocast(q.device.type, enabled=False):
        # Query heads g * group ... (g + 1) * group - 1 share head g of the cache.
        query = (q.to(dtype).masked_fill(unreal, 0.0) * size**-0.5).reshape(batch, shared, -1, size)
        scores = (query @ keys.transpose(-1, -2)).view(batch, heads, new, -1)
        weights = scores.masked_fill(~seen[:, None], float("-inf")).softmax(-1)
        out = weights.view(batch, shared, -1, weights.shape[-1]) @ values
    return out.view(batch, heads, new, size).masked_fill(unreal, 0.0).to(q.dtype)
