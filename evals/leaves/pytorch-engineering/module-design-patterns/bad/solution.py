"""Rotary positions from a buffer of frequencies that is not saved."""

import torch
from torch import Tensor, nn


class Rotary(nn.Module):
    """Turns pairs (i, i + dim/2) of x by position times frequency."""

    def __init__(self, dim: int, base: float = 10000.0) -> None:
        super().__init__()
        frequencies = base ** (-torch.arange(0, dim, 2).float() / dim)
        self.register_buffer("frequencies", frequencies, persistent=False)

    def forward(self, x: Tensor, positions: Tensor) -> Tensor:
        """x (batch, heads, time, dim), positions (batch, time)."""
        angle = positions[..., None].float() * self.frequencies
        angle = torch.cat((angle, angle), dim=-1)[:, None]
        first, second = x.chunk(2, dim=-1)
        turned = torch.cat((-second, first), dim=-1)
        return (x * angle.cos() + turned * angle.sin()).to(x.dtype)
