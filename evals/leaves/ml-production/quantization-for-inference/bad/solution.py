"""Rounds by the scale in float32 and stores another one."""

import torch
from torch.nn.functional import pad


def pack(weight, group_size):
    out, n = weight.shape
    groups = -(-n // group_size)
    parts = pad(weight, (0, groups * group_size - n)).view(out, groups, group_size)
    scales = (parts.abs().amax(-1) / 7).clamp(min=1e-8)
    q = (parts / scales[..., None]).round().clamp(-7, 7).view(out, -1)[:, :n].to(torch.int16)
    q = pad(q, (0, n % 2)) & 15
    return (q[:, ::2] | (q[:, 1::2] << 4)).to(torch.uint8), scales.half()


def unpack(packed, scales, in_features, group_size):
    q = torch.stack((packed & 15, packed >> 4), -1).flatten(1)[:, :in_features].to(torch.int16)
    q = torch.where(q > 7, q - 16, q)
    return q * scales.float().repeat_interleave(group_size, 1)[:, :in_features]
