"""Rotary position embedding, LLaMA pairing."""

import torch
from torch import Tensor


class Rotary(torch.nn.Module):
    """Holds no tensors at all, only two numbers.

    A buffer would be left uninitialised by meta -> to_empty (also a non-persistent one, which no checkpoint
    fills), would be rounded by .to(bfloat16), and a persistent one would break strict loading.
    """

    def __init__(self, dim: int, base: float = 10000.0) -> None:
        super().__init__()
        if dim <= 0 or dim % 2:
            raise ValueError(f"dim must be positive and even, got {dim}")
        self.dim = dim
        self.base = float(base)

    def extra_repr(self) -> str:
        return f"{self.dim}, base={self.base}"

    def forward(self, x: Tensor, positions: Tensor) -> Tensor:
        """x (batch, heads, time, dim), positions int64 (batch, time)."""
        if x.shape[-1] != self.dim:
            raise ValueError(f"expected a last dimension of {self.dim}, got {x.shape[-1]}")
        # Angles in float64: at position 30,000 a float32 angle is off by 1e-3 already.
        half = torch.arange(0, self.dim, 2, dtype=torch.float64, device=x.device)
        frequency = self.base ** (-half / self.dim)
        angle = positions.to(x.device, torch.float64)[:, None, :, None] * frequency  # (batch, 1, time, dim/2)
        work = torch.float64 if x.dtype == torch.float64 else torch.float32
        cos, sin = angle.cos().to(work), angle.sin().to(work)
        first, second = x.to(work).chunk(2, dim=-1)
        # Only element-wise operations, which autocast leaves alone; rounded to the type of x once, at the end.
        turned = torch.cat((first * cos - second * sin, second * cos + first * sin), dim=-1)
        return turned.to(x.dtype)
