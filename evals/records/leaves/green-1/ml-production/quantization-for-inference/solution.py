"""4-bit weights in groups along the input dimension, two integers a byte."""

import torch
import torch.nn.functional as F


def _groups(in_features: int, group_size: int) -> int:
    if group_size < 1:
        raise ValueError("group_size must be at least 1")
    return -(-in_features // group_size)


def _spread(scales: torch.Tensor, in_features: int, group_size: int) -> torch.Tensor:
    """The stored scale of each weight, float32 (out, in)."""
    return scales.float().repeat_interleave(group_size, dim=1)[:, :in_features]


@torch.no_grad()
def pack(weight: torch.Tensor, group_size: int) -> tuple[torch.Tensor, torch.Tensor]:
    weight = weight.detach().float()
    rows, columns = weight.shape
    groups = _groups(columns, group_size)
    if not weight.isfinite().all():
        raise ValueError("weight holds inf or NaN")
    padded = F.pad(weight, (0, groups * group_size - columns))
    largest = padded.view(rows, groups, group_size).abs().amax(-1)
    if (largest > 7.5 * torch.finfo(torch.float16).max).any():
        raise ValueError("weights too large for a float16 scale")

    # 7 integers and half a step must reach the largest weight *with the scale as stored*.
    # float16 is coarse below 6e-5 (a step of 6e-8) and goes to 0: there the rounded scale may be
    # too small, and the next larger float16 is taken (never 0 for a group that has a weight).
    scales = (largest / 7).clamp(max=torch.finfo(torch.float16).max).to(torch.float16)
    while (short := largest > 7.5 * scales.float()).any():
        scales = torch.where(short, (scales.view(torch.int16) + 1).view(torch.float16), scales)

    spread = _spread(scales, columns, group_size)
    divisor = torch.where(spread > 0, spread, 1.0)  # scale 0: the whole group is 0
    q = (weight / divisor).round().clamp(-7, 7).to(torch.int8)
    q = F.pad(q, (0, columns % 2)).view(torch.uint8) & 0xF
    return q[:, 0::2] | (q[:, 1::2] << 4), scales


@torch.no_grad()
def unpack(packed, scales, in_features: int, group_size: int) -> torch.Tensor:
    nibbles = torch.stack([packed & 0xF, packed >> 4], dim=-1).flatten(1)[:, :in_features]
    q = (nibbles ^ 8).to(torch.int8) - 8  # sign of the nibble
    return q.float() * _spread(scales, in_features, group_size)
