import torch
import torch.nn.functional as F


def pack(weight: torch.Tensor, group_size: int) -> tuple[torch.Tensor, torch.Tensor]:
    """4-bit groups along the input: uint8 (out, ceil(in / 2)), float16 scales (out, groups)."""
    if weight.ndim != 2 or group_size < 1:
        raise ValueError("weight must be (out, in) and group_size at least 1")
    weight = weight.detach().float()
    if not torch.isfinite(weight).all():
        raise ValueError("weight holds NaN or infinity")
    rows, columns = weight.shape
    groups = -(-columns // group_size)
    grouped = F.pad(weight, (0, groups * group_size - columns)).view(rows, groups, group_size)
    largest = grouped.abs().amax(-1)
    # The stored scale is rounded up, never down: below 6e-5 float16 has so few steps that a
    # scale rounded down would cut off the group's largest values (or be 0). Only a group
    # of zeros has scale 0.
    scales = (largest / 7).half()
    up = (scales.view(torch.int16) + 1).view(torch.float16)
    scales = torch.where(scales.float() * 7 < largest, up, scales)
    if not torch.isfinite(scales).all():
        raise ValueError("a group's largest value needs a scale beyond float16")
    # Integers come from the scale as stored, not from the one before rounding.
    divisor = torch.where(scales == 0, 1.0, scales.float())
    q = (grouped / divisor[..., None]).round().clamp(-7, 7).to(torch.int8)
    q = q.view(rows, -1)[:, :columns]
    q = F.pad(q, (0, columns % 2)).view(torch.uint8) & 15
    return q[:, 0::2] | (q[:, 1::2] << 4), scales


def unpack(packed, scales, in_features: int, group_size: int) -> torch.Tensor:
    """float32 (out, in): integer times stored scale."""
    nibbles = torch.stack([packed & 15, packed >> 4], -1).flatten(1)[:, :in_features]
    q = (nibbles.to(torch.int8) ^ 8) - 8
    wide = scales.float().repeat_interleave(group_size, 1)[:, :in_features]
    return q.float() * wide
