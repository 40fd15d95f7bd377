"""Rotary positions."""

import torch
from torch import Tensor


class Rotary(torch.nn.Module):
    """Rotary position embedding, LLaMA's pairing (i with i + dim/2).

    The module holds no tensor at all: nothing for `to_empty` to leave uninitialised, for a strict `load_state_dict` to miss or for
    `.to(bfloat16)` to round. Angles are taken in float64: a float32 angle of 30,000 is off by 0.002 already.
    """

    def __init__(self, dim: int, base: float = 10000.0) -> None:
        super().__init__()
        if dim <= 0 or dim % 2:
            raise ValueError(f"dim must be positive and even, not {dim}")
        self.dim = dim
        self.base = float(base)

    def forward(self, x: Tensor, positions: Tensor) -> Tensor:
        """x: (batch, heads, time, dim); positions: int64 (batch, time)."""
        if x.shape[-1] != self.dim:
            raise ValueError(f"the last dimension of x is {x.shape[-1]}, not {self.dim}")
        with torch.no_grad():
            exponent = torch.arange(0, self.dim, 2, dtype=torch.float64, device=x.device) / self.dim
            angle = positions.to(x.device, torch.float64)[:, None, :, None] * self.base ** -exponent
            # One precision above that of x, rounded once at the end.
            work = torch.float64 if x.dtype in (torch.float32, torch.float64) else torch.float32
            cos, sin = angle.cos().to(work), angle.sin().to(work)
        first, second = x.to(work).chunk(2, dim=-1)
        return torch.cat((first * cos - second * sin, second * cos + first * sin), dim=-1).to(x.dtype)

    def extra_repr(self) -> str:
        return f"{self.dim}, base={self.base}"
