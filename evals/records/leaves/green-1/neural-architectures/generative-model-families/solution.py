"""DDIM sampling for a network that predicts v, over few of the levels it was trained on."""

import math

import torch
from schedule import LEVELS, alphas_bar
from torch import Tensor


def levels(steps: int) -> list[int]:
    """Levels visited, falling: from pure noise (the last level) at equal angles towards data.

    At angle atan(noise / signal) DDIM's error grows with the square of the steps, so that equal
    ones are best. The last step, from the lowest level visited to the data, is one of them: with
    the lowest level of all at the end (linspace) two steps would give little but the mean.
    """
    if not 2 <= steps <= LEVELS:
        raise ValueError(f"steps must be 2 to {LEVELS}")
    angle = alphas_bar().clamp(0, 1).sqrt().acos()
    want = torch.arange(steps, 0, -1, dtype=torch.float64) * (math.pi / 2 / steps)
    nearest = (angle - want[:, None]).abs().argmin(1).tolist()
    visited = []
    for i, t in enumerate(nearest):  # each level once, and enough left for those to come
        t = max(t, steps - 1 - i)
        visited.append(min(t, visited[-1] - 1) if visited else LEVELS - 1)
    return visited


@torch.no_grad()
def sample(predict_v, shape, steps, eta=0.0, guidance=1.0, generator=None) -> Tensor:
    alpha_bar = alphas_bar()
    visited = levels(steps)
    x = torch.randn(shape, generator=generator, dtype=torch.float32)
    for i, level in enumerate(visited):
        a = float(alpha_bar[level])
        b = float(alpha_bar[visited[i + 1]]) if i + 1 < steps else 1.0  # in the end: the data
        t = torch.full((x.shape[0],), level, dtype=torch.int64)
        v = predict_v(x, t, True)
        if guidance != 1:
            without = predict_v(x, t, False)
            v = without + guidance * (v - without)
        # No division by the signal's share, which is 0 at the first level.
        x0 = math.sqrt(a) * x - math.sqrt(1 - a) * v
        noise = math.sqrt(1 - a) * x + math.sqrt(a) * v
        variance = eta**2 * (1 - b) / (1 - a) * (1 - a / b)
        x = math.sqrt(b) * x0 + math.sqrt(max(1 - b - variance, 0.0)) * noise
        if variance > 0:
            x = x + math.sqrt(variance) * torch.randn(
                shape, generator=generator, dtype=torch.float32
            )
    return x.float()
