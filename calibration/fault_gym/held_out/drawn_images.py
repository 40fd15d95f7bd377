"""Small grey and coloured images drawn by code: outlines of shapes, digits of strokes, gratings."""

from __future__ import annotations

import math

import torch
from torch import Tensor

NUM_SHAPES, NUM_DIGITS = 8, 10
_STROKES = ("abcdef", "bc", "abged", "abgcd", "fgbc", "afgcd", "afgecd", "abc", "abcdefg", "abcdfg")
_LINES = {  # stroke -> its ends, x and y in units of half a digit's width and height
    "a": (-1, -1, 1, -1), "b": (1, -1, 1, 0), "c": (1, 0, 1, 1), "d": (-1, 1, 1, 1),
    "e": (-1, 0, -1, 1), "f": (-1, -1, -1, 0), "g": (-1, 0, 1, 0),
}  # fmt: skip


def _grid(size: int) -> tuple[Tensor, Tensor]:
    axis = torch.linspace(-1, 1, size)
    return axis[None, None, :], axis[None, :, None]


def shapes(
    count: int, generator: torch.Generator, size: int = 16, noise: float = 0.15
) -> tuple[Tensor, Tensor]:
    """Return images `(count, 1, size, size)`, of about 0 to 1, and which of 8 shapes each holds."""

    def uniform(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(count, 1, 1, generator=generator)

    x, y = _grid(size)
    x, y = x - uniform(-0.2, 0.2), y - uniform(-0.2, 0.2)
    turn, radius = uniform(-0.3, 0.3), uniform(0.5, 0.7)
    u, v = x * turn.cos() + y * turn.sin(), y * turn.cos() - x * turn.sin()
    box, far = torch.maximum(u.abs(), v.abs()), (u * u + v * v).sqrt()
    wedge = torch.maximum(v - 0.6 * radius, 1.7 * u.abs() - v - radius)
    drawn = torch.stack([
        far < radius, (far < radius) & (far > 0.6 * radius), box < 0.85 * radius,
        (box < 0.85 * radius) & (box > 0.5 * radius), wedge < 0,
        (torch.minimum(u.abs(), v.abs()) < 0.2 * radius) & (box < radius),
        (v.abs() < 0.22 * radius) & (u.abs() < radius), (u.abs() + v.abs() < radius) & (far > 0.2),
    ], dim=1)  # fmt: skip
    target = torch.randint(NUM_SHAPES, (count,), generator=generator)
    image = drawn[torch.arange(count), target].float() * uniform(0.6, 1.0)
    image = image + noise * torch.randn(image.shape, generator=generator)
    return image[:, None], target


def digits(
    count: int, generator: torch.Generator, noise: float = 0.0, jitter: float = 1.0, size: int = 12
) -> tuple[Tensor, Tensor]:
    """Return images `(count, size * size)` of 0 to 1 (noise comes on top) and their digits.

    jitter: how far places and slants differ, over what they do in careless writing.
    """

    def uniform(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(count, 1, 1, generator=generator)

    x, y = _grid(size)
    width, height, slant = uniform(0.3, 0.55), uniform(0.5, 0.75), jitter * uniform(-0.25, 0.25)
    x, y = x - jitter * uniform(-0.25, 0.25), y - jitter * uniform(-0.2, 0.2)
    u, v, pen = (x + slant * y) / width, y / height, uniform(0.2, 0.4)
    masks = {}
    for stroke, (x0, y0, x1, y1) in _LINES.items():
        away_x = torch.clamp(torch.maximum(x0 - u, u - x1), min=0)
        away_y = torch.clamp(torch.maximum(y0 - v, v - y1), min=0)
        masks[stroke] = torch.sigmoid((pen - (away_x**2 + away_y**2).sqrt()) * 12)
    drawn = torch.stack([torch.stack([masks[s] for s in one]).amax(0) for one in _STROKES], dim=1)
    target = torch.randint(NUM_DIGITS, (count,), generator=generator)
    image = drawn[torch.arange(count), target]
    image = image + noise * torch.randn(image.shape, generator=generator)
    return image.flatten(1), target


def gratings(
    count: int, generator: torch.Generator, num_classes: int = 6, size: int = 12, noise: float = 1.0
) -> tuple[Tensor, Tensor]:
    """Return coloured stripes `(count, 3, size, size)` of -1 to 1 in noise; class: direction."""
    x, y = _grid(size)
    target = torch.randint(num_classes, (count,), generator=generator)
    angle = target.float()[:, None, None] * math.pi / num_classes
    angle = angle + 0.12 * torch.randn(count, 1, 1, generator=generator)
    pace = 5 + 4 * torch.rand(count, 1, 1, generator=generator)
    phase = 2 * math.pi * torch.rand(count, 1, 1, generator=generator)
    wave = torch.sin(pace * (x * angle.cos() + y * angle.sin()) + phase)
    colour = 0.5 + 0.5 * torch.rand(count, 3, 1, 1, generator=generator)
    image = colour * wave[:, None]
    return image + noise * torch.randn(image.shape, generator=generator), target
