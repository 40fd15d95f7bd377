import torch
from torch import Tensor, nn


class Rotary(nn.Module):
    """Rotary positions, pair i with i + dim/2.

    Holds numbers only, no tensor: nothing that `to_empty` could leave as garbage, that a strict
    `load_state_dict` could miss, or that `.to(bfloat16)` could round. Angles are made in each call,
    in float64: at position 30,000 float32 angles are wrong by 1e-3.
    """

    def __init__(self, dim: int, base: float = 10000.0) -> None:
        super().__init__()
        if dim % 2:
            raise ValueError(f"dim must be even, got {dim}")
        self.dim, self.base = dim, float(base)

    def extra_repr(self) -> str:
        return f"{self.dim}, base={self.base}"

    def forward(self, x: Tensor, positions: Tensor) -> Tensor:
        if x.shape[-1] != self.dim:
            raise ValueError(f"last dimension is {x.shape[-1]}, not {self.dim}")
        # One rounding at the end: 16 bits are turned in float32, float32 in float64.
        exact = torch.float32 if x.dtype.itemsize < 4 else torch.float64
        steps = torch.arange(0, self.dim, 2, dtype=torch.float64, device=x.device)
        frequencies = torch.pow(self.base, -steps / self.dim)
        # A broadcast product, not matmul or einsum: autocast would lower those.
        angles = positions.to(x.device, torch.float64)[:, None, :, None] * frequencies
        cos, sin = angles.cos().to(exact), angles.sin().to(exact)
        first, second = x.to(exact).chunk(2, dim=-1)
        turned = torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1)
        return turned.to(x.dtype)
