"""Rotary positions without state: angles are made in float32 where they are used."""

import torch
from torch import Tensor, nn


class Rotary(nn.Module):
    """Turns pairs (i, i + dim/2) of x by position times frequency."""

    def __init__(self, dim: int, base: float = 10000.0) -> None:
        super().__init__()
        self.dim, self.base = dim, base

    def forward(self, x: Tensor, positions: Tensor) -> Tensor:
        """x (batch, heads, time, dim), positions (batch, time)."""
        with torch.autocast(x.device.type, enabled=False):
            steps = torch.arange(0, self.dim, 2, device=x.device, dtype=torch.float64)
            angle = positions[:, None, :, None].double() * self.base ** (-steps / self.dim)
            cos, sin = angle.cos().float(), angle.sin().float()
            first, second = x.float().chunk(2, dim=-1)
            turned = (first * cos - second * sin, second * cos + first * sin)
            return torch.cat(turned, dim=-1).to(x.dtype)
