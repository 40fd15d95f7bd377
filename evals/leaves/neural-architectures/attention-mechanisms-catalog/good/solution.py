"""Attention over a ragged cache; what lies beyond a row's length may be anything."""

import torch
from cache import Cache
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention


def attend(q: Tensor, cache: Cache, window: int | None = None) -> Tensor:
    room = max(int(cache.lengths.max()), 1)
    new = q.shape[2]
    place = torch.arange(room)
    held = place < cache.lengths[:, None]  # (batch, room)
    there = held[:, None, :, None]
    keys = torch.where(there, cache.keys[:, :, :room], 0)  # 0 * NaN would be NaN
    values = torch.where(there, cache.values[:, :, :room], 0)
    own = cache.lengths[:, None] - new + torch.arange(new)  # position of each query
    seen = held[:, None] & (place <= own[..., None])
    if window is not None:
        seen &= place > own[..., None] - window
    real = own >= 0
    seen = seen | (~real[..., None] & (place == 0))  # no row of the mask is empty
    out = scaled_dot_product_attention(q, keys, values, seen[:, None], enable_gqa=True)
    return torch.where(real[:, None, :, None], out, 0)
