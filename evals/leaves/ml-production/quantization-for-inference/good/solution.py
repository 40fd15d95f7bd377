"""Four bits in groups, rounded by the scale that is stored."""

import torch
from torch.nn.functional import pad


def pack(weight, group_size):
    out, n = weight.shape
    groups = -(-n // group_size)
    parts = pad(weight.double(), (0, groups * group_size - n)).view(out, groups, group_size)
    exact = parts.abs().amax(-1) / 7
    scales = exact.half()
    up = torch.nextafter(scales, torch.tensor(float("inf"), dtype=torch.float16))
    scales = torch.where(scales.double() < exact, up, scales)
    safe = torch.where(scales > 0, scales.double(), 1.0)
    q = (parts / safe[..., None]).round().clamp(-7, 7).view(out, -1)[:, :n].to(torch.int16)
    q = pad(q, (0, n % 2)) & 15
    return (q[:, ::2] | (q[:, 1::2] << 4)).to(torch.uint8), scales


def unpack(packed, scales, in_features, group_size):
    q = torch.stack((packed & 15, packed >> 4), -1).flatten(1)[:, :in_features].to(torch.int16)
    q = torch.where(q > 7, q - 16, q)
    return q * scales.float().repeat_interleave(group_size, 1)[:, :in_features]
