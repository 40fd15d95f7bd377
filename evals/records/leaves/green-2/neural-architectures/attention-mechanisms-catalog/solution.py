"""Attention of the newest queries over a cache whose rows differ in length."""

import torch
from cache import Cache
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention


def attend(q: Tensor, cache: Cache, window: int | None = None) -> Tensor:
    """q: (batch, heads, new, size), the last `new` positions of each row.

    Row by row, over the part of the cache that the row may see: what lies beyond a row's length
    was never written or belonged to others, and NaN there would pass a mask (0 * NaN). Queries
    before a row's start give 0.
    """
    batch, _, new, _ = q.shape
    if window is not None and window < 1:
        raise ValueError("window must be at least 1: the query itself")
    exact = torch.promote_types(q.dtype, cache.keys.dtype)
    tracked = torch.is_grad_enabled() and q.requires_grad
    never = torch.ones((), dtype=torch.bool, device=q.device)
    rows = []
    for b, length in enumerate(cache.lengths.tolist()):
        here = min(new, length)
        parts = []
        if here < new:  # masked_fill: 0 whatever q holds, and a gradient of 0
            parts.append(q[b, :, : new - here].masked_fill(never, 0))
        if here:
            at = torch.arange(length - here, length, device=q.device)
            first = 0 if window is None else max(0, length - here - window + 1)
            k = cache.keys[b, :, first:length].to(exact)
            v = cache.values[b, :, first:length].to(exact)
            if tracked:  # the next append, to any row, would invalidate what backward keeps
                k, v = k.clone(), v.clone()
            mask = None
            if here > 1:  # a single query sees all of the slice
                back = at[:, None] - torch.arange(first, length, device=q.device)
                mask = back >= 0
                if window is not None:
                    mask &= back < window
            query = q[b, :, new - here :].to(exact)[None]
            out = scaled_dot_product_attention(query, k[None], v[None], mask, enable_gqa=True)
            parts.append(out[0].to(q.dtype))
        rows.append(torch.cat(parts, dim=1))
    return torch.stack(rows) if batch else torch.zeros_like(q)
