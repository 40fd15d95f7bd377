"""Keys and values of many rows, in memory that is taken once."""

import torch
from torch import Tensor


class Cache:
    """`keys` and `values` are (batch, heads, room, size); row b holds lengths[b] positions."""

    def __init__(self, batch: int, heads: int, room: int, size: int, dtype: torch.dtype) -> None:
        self.keys = torch.empty(batch, heads, room, size, dtype=dtype)
        self.values = torch.empty(batch, heads, room, size, dtype=dtype)
        self.lengths = torch.zeros(batch, dtype=torch.int64)

    def append(self, row: int, keys: Tensor, values: Tensor) -> None:
        """Add positions to a row: keys and values of shape (heads, new, size)."""
        start = int(self.lengths[row])
        end = start + keys.shape[1]
        self.keys[row, :, start:end] = keys
        self.values[row, :, start:end] = values
        self.lengths[row] = end

    def free(self, row: int) -> None:
        """Give a row to the next user; what it held stays where it is."""
        self.lengths[row] = 0
