"""Rotary positions, LLaMA's pairing."""

import torch
from torch import Tensor, nn


class Rotary(nn.Module):
    """Holds numbers only: no tensor that to_empty() could leave unset, a cast could round, or a
    strict load could miss. Angles are made in float64 at each call: at position 30,000 a float32
    angle is off by 1e-3."""

    def __init__(self, dim: int, base: float = 10000.0) -> None:
        super().__init__()
        if dim <= 0 or dim % 2:
            raise ValueError(f"dim must be positive and even, got {dim}")
        self.dim, self.base = dim, float(base)
        self._frequencies = tuple(self.base ** (-2 * i / dim) for i in range(dim // 2))

    def extra_repr(self) -> str:
        return f"dim={self.dim}, base={self.base}"

    def forward(self, x: Tensor, positions: Tensor) -> Tensor:
        """x: (batch, heads, time, dim); positions: int64 (batch, time)."""
        if x.shape[-1] != self.dim or positions.shape != (x.shape[0], x.shape[2]):
            raise ValueError(f"x {tuple(x.shape)}, positions {tuple(positions.shape)} do not fit")
        frequencies = torch.tensor(self._frequencies, dtype=torch.float64, device=x.device)
        # elementwise products: a matmul, einsum or outer would be lowered by autocast
        angles = positions[:, None, :, None].to(x.device, torch.float64) * frequencies
        exact = torch.promote_types(x.dtype, torch.float32)
        cos, sin = angles.cos().to(exact), angles.sin().to(exact)
        first, second = x.to(exact).chunk(2, dim=-1)
        out = torch.cat((first * cos - second * sin, second * cos + first * sin), dim=-1)
        return out.to(x.dtype)
