"""DDIM (Song et al. 2020) for a network that predicts v, with few of its noise levels."""

import math

import torch
from torch import Tensor

from schedule import LEVELS, alphas_bar


def _levels(steps: int, share: Tensor) -> list[int]:
    """`steps` different levels, downwards, from the last one, which is noise only.

    A step of DDIM on v is a rotation by the difference of the levels' angles, arccos(sqrt(share)):
    equal angles, the last step to clean data included, lose least (less than equal times).
    """
    angle = share.sqrt().clamp(0, 1).arccos()
    wanted = math.pi / 2 * (1 - torch.arange(steps, dtype=torch.float64) / steps)
    right = torch.searchsorted(angle, wanted).clamp(1, LEVELS - 1)
    left = right - 1
    nearest = torch.where(wanted - angle[left] < angle[right] - wanted, left, right).tolist()
    for i in range(1, steps):  # no level twice, ...
        nearest[i] = min(nearest[i], nearest[i - 1] - 1)
    return [max(t, steps - 1 - i) for i, t in enumerate(nearest)]  # ... none below 0


@torch.no_grad()
def sample(predict_v, shape, steps, eta=0.0, guidance=1.0, generator=None) -> Tensor:
    """Samples of `shape`, float32."""
    if not 2 <= steps <= LEVELS:
        raise ValueError(f"steps must be from 2 to {LEVELS}")
    share = alphas_bar()
    levels = _levels(steps, share)
    device = generator.device if generator is not None else torch.device("cpu")
    # The last level has no signal left: there x is plain noise, as the network has seen it.
    x = torch.randn(shape, generator=generator, device=device, dtype=torch.float32)
    for i, level in enumerate(levels):
        now = share[level].item()
        after = share[levels[i + 1]].item() if i + 1 < steps else 1.0  # at last clean data
        t = torch.full((shape[0],), level, dtype=torch.int64, device=device)
        v = predict_v(x, t, True)
        if guidance != 1:
            free = predict_v(x, t, False)
            v = free + guidance * (v - free)
        # Without a division by sqrt(now), which is 0 at the last level.
        signal, noise = math.sqrt(now), math.sqrt(1 - now)
        clean = signal * x - noise * v
        eps = noise * x + signal * v
        var = eta**2 * (1 - after) / (1 - now) * (1 - now / after)
        x = math.sqrt(after) * clean + math.sqrt(max(1 - after - var, 0.0)) * eps
        if var > 0:
            fresh = torch.randn(shape, generator=generator, device=device, dtype=torch.float32)
            x = x + math.sqrt(var) * fresh
    return x.float()
