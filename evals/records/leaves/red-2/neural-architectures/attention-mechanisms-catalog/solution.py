"""Attention that reads the preallocated cache."""

import torch
from cache import Cache
from torch import Tensor


def attend(q: Tensor, cache: Cache, window: int | None = None) -> Tensor:
    """q (batch, heads, new, size): the last `new` positions of each row; 0 where a query is not real.

    Row by row over what the row holds: the rest of the cache is uninitialised or another user's (nan there
    would get through any mask as 0 * nan), and short rows do not pay for long ones.
    """
    batch, heads, new, size = q.shape
    shared = cache.keys.shape[1]
    if heads % shared:
        raise ValueError(f"{heads} query heads are no multiple of {shared} heads of the cache")
    if window is not None and window < 1:
        raise ValueError("window must be at least 1")
    group = heads // shared
    work = torch.promote_types(torch.promote_types(q.dtype, cache.keys.dtype), torch.float32)
    # For backward, keys and values are copied: the next append writes into the cache.
    record = torch.is_grad_enabled() and (q.requires_grad or cache.keys.requires_grad or cache.values.requires_grad)

    # Zeros that hang on q, so that backward works where no row holds anything.
    out = q.masked_fill(torch.ones((), dtype=torch.bool, device=q.device), 0.0)
    with torch.autocast(q.device.type, enabled=False):
        for row, length in enumerate(cache.lengths.tolist()):
            real = min(new, length)
            if real == 0:
                continue
            first = 0 if window is None else max(0, length - real - window + 1)
            keys = cache.keys[row, :, first:length].to(work, copy=record)
            values = cache.values[row, :, first:length].to(work, copy=record)
            # Neighbouring query heads share one: (shared, group * real, size).
            queries = q[row, :, new - real :].to(work).reshape(shared, group * real, size)
            scores = (queries * size**-0.5 @ keys.mT).view(shared, group, real, length - first)
            if real > 1:
                at = torch.arange(length - real, length, device=q.device)[:, None]
                key_at = torch.arange(first, length, device=q.device)
                hidden = key_at > at
                if window is not None:
                    hidden = hidden | (key_at <= at - window)
                scores = scores.masked_fill(hidden, -torch.inf)
            weights = scores.softmax(-1).view(shared, group * real, length - first)
            out[row, :, new - real :] = (weights @ values).view(heads, real, size).to(q.dtype)
    return out
