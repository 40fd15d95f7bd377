"""4-bit weights in groups along the input dimension, two to a byte."""

import torch
import torch.nn.functional as F

_LARGEST_HALF = 65504.0


def pack(weight: torch.Tensor, group_size: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Nibbles (out, ceil(in / 2)), uint8, and the scales of the groups (out, groups), float16."""
    if weight.dim() != 2 or group_size < 1:
        raise ValueError("need a weight (out, in) and a group_size of at least 1")
    weight = weight.detach()
    if not torch.isfinite(weight).all():
        raise ValueError("the weight holds NaN or infinity")
    rows, columns = weight.shape
    groups = -(-columns // group_size)
    grouped = F.pad(weight.double(), (0, groups * group_size - columns))
    grouped = grouped.view(rows, groups, group_size)

    # The scale is rounded up to a float16, so that 7 stored scales always reach the largest
    # value; also where float16 is subnormal or would give 0 (tiny groups).
    wanted = grouped.abs().amax(2) / 7
    if (wanted > _LARGEST_HALF * 7.5 / 7).any():
        raise ValueError("a weight is too large for a float16 scale")
    scales = wanted.clamp(max=_LARGEST_HALF).half()
    short = (scales.double() < wanted) & (scales < _LARGEST_HALF)
    scales = (scales.view(torch.int16) + short.to(torch.int16)).view(torch.float16)

    # Rounded with the scale that is stored; groups that are all 0 keep scale 0.
    stored = scales.double().unsqueeze(2)
    integers = grouped / torch.where(stored > 0, stored, 1.0)
    integers = integers.round().clamp(-7, 7).to(torch.int8).flatten(1)[:, :columns]
    nibbles = F.pad(integers, (0, columns % 2)).view(torch.uint8) & 15
    return nibbles[:, 0::2] | (nibbles[:, 1::2] << 4), scales


def unpack(
    packed: torch.Tensor, scales: torch.Tensor, in_features: int, group_size: int
) -> torch.Tensor:
    """The weight, float32 (out, in_features)."""
    nibbles = torch.stack((packed & 15, packed >> 4), 2).flatten(1)[:, :in_features]
    integers = (nibbles.to(torch.int8) ^ 8) - 8
    group = torch.arange(in_features, device=packed.device) // group_size
    return integers.float().mul_(scales.float()[:, group])
