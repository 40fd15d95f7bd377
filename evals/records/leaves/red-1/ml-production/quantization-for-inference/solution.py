"""Linear weights in 4 bits: symmetric, in groups along the input dimension, float16 scales."""

import torch
import torch.nn.functional as F

LIMIT = 7


def pack(weight: torch.Tensor, group_size: int) -> tuple[torch.Tensor, torch.Tensor]:
    """`(packed, scales)`: two integers a byte (out, ceil(in / 2)), and float16 (out, groups)."""
    if weight.ndim != 2 or group_size < 1:
        raise ValueError("expected a matrix and a group size of at least 1")
    weight = weight.detach().to(torch.float32)
    if not torch.isfinite(weight).all():
        raise ValueError("the weights are not finite")
    rows, columns = weight.shape
    groups = -(-columns // group_size)
    padded = F.pad(weight, (0, groups * group_size - columns)).view(rows, groups, group_size)
    # Rounded up, never down: in the subnormal range of float16, rounding to nearest would take
    # so much off that 7 * scale is nowhere near the largest value, or make the scale 0.
    wanted = padded.abs().amax(-1).double() / LIMIT
    scales = wanted.to(torch.float16)
    if not torch.isfinite(scales).all():
        raise ValueError("the weights are too large for scales in float16")
    short = scales.double() < wanted
    scales = (scales.view(torch.int16) + short.to(torch.int16)).view(torch.float16)
    if not torch.isfinite(scales).all():
        raise ValueError("the weights are too large for scales in float16")
    # The integers are chosen for the stored scale; a group of nothing but zeros has scale 0.
    divisor = torch.where(scales > 0, scales.double(), 1.0)
    q = (padded / divisor[..., None]).round().clamp(-LIMIT, LIMIT).to(torch.int8)
    q = q.view(rows, groups * group_size)[:, :columns]
    nibbles = F.pad(q, (0, columns % 2)).view(torch.uint8) & 0xF
    return nibbles[:, 0::2] | (nibbles[:, 1::2] << 4), scales


def unpack(
    packed: torch.Tensor, scales: torch.Tensor, in_features: int, group_size: int
) -> torch.Tensor:
    """The weights, float32 (out, in): integer times stored scale."""
    nibbles = torch.stack((packed & 0xF, packed >> 4), -1).flatten(1)[:, :in_features]
    q = ((nibbles ^ 8).to(torch.int8) - 8).to(torch.float32)
    group = torch.arange(in_features, device=packed.device) // group_size
    return q * scales.to(torch.float32)[:, group]
