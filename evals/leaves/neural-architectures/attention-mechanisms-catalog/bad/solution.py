"""Attention over a ragged cache."""

import math

import torch
from cache import Cache
from torch import Tensor


def attend(q: Tensor, cache: Cache, window: int | None = None) -> Tensor:
    room = int(cache.lengths.max())
    repeat = q.shape[1] // cache.keys.shape[1]
    keys = cache.keys[:, :, :room].repeat_interleave(repeat, 1)
    values = cache.values[:, :, :room].repeat_interleave(repeat, 1)
    place = torch.arange(room)
    own = cache.lengths[:, None] - q.shape[2] + torch.arange(q.shape[2])
    seen = place <= own[..., None]
    if window is not None:
        seen &= place > own[..., None] - window
    scores = (q @ keys.mT / math.sqrt(q.shape[-1])).masked_fill(~seen[:, None], float("-inf"))
    weights = scores.softmax(-1).nan_to_num(0.0)
    return weights @ values
