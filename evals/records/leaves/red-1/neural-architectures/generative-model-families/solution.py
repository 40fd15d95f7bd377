"""DDIM sampling for a network that predicts v."""

import math

import torch
from schedule import LEVELS, alphas_bar
from torch import Tensor


def _levels(share: list[float], steps: int) -> list[int]:
    """The levels to visit, downwards, each once.

    The first is 999, the only one whose input is pure noise. The rest are evenly spaced in the
    angle between data and noise, along which v is the velocity, so that all steps, the one to
    the clean data among them, are equally long: on known mixtures closer to the data than even
    spacing in t, for the same number of steps.
    """
    angles = [math.acos(min(a, 1.0) ** 0.5) for a in share]
    levels, last = [], LEVELS
    for i in range(steps):
        wanted = math.pi / 2 * (1 - i / steps)
        nearest = min(range(LEVELS), key=lambda t: abs(angles[t] - wanted))
        last = max(min(nearest, last - 1), steps - 1 - i)
        levels.append(last)
    return levels


@torch.no_grad()
def sample(predict_v, shape, steps, eta=0.0, guidance=1.0, generator=None) -> Tensor:
    """Samples of `shape`, float32, from noise in `steps` levels and on to the clean data."""
    if not 2 <= steps <= LEVELS:
        raise ValueError(f"steps must be from 2 to {LEVELS}")
    device = generator.device if generator is not None else None
    share = alphas_bar().tolist()
    levels = _levels(share, steps)

    def noise() -> Tensor:
        return torch.randn(shape, generator=generator, device=device, dtype=torch.float32)

    def v_at(x: Tensor, level: int) -> Tensor:
        def call(conditional: bool) -> Tensor:
            t = torch.full((x.shape[0],), level, dtype=torch.int64, device=x.device)
            return predict_v(x, t, conditional).to(torch.float32)

        if guidance == 1:
            return call(True)
        without = call(False)
        return without if guidance == 0 else without + guidance * (call(True) - without)

    x = noise()
    for i, level in enumerate(levels):
        here = share[level]
        after = share[levels[i + 1]] if i + 1 < steps else 1.0
        v = v_at(x, level)
        # Without a division by sqrt(alpha bar), which is 0 at the first level.
        clean = here**0.5 * x - (1 - here) ** 0.5 * v
        dirt = (1 - here) ** 0.5 * x + here**0.5 * v
        variance = eta**2 * (1 - after) / (1 - here) * (1 - here / after)
        x = after**0.5 * clean + max(1 - after - variance, 0.0) ** 0.5 * dirt
        if variance > 0:
            x = x + variance**0.5 * noise()
    return x
