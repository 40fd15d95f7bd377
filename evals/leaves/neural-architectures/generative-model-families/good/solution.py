"""DDIM from the last level of the schedule to clean data."""

import torch
from schedule import LEVELS, alphas_bar


@torch.no_grad()
def sample(predict_v, shape, steps, eta=0.0, guidance=1.0, generator=None):
    levels = torch.linspace(LEVELS - 1, 0, steps + 1, dtype=torch.float64)[:-1]
    levels = levels.round().long().tolist()  # begins at the last level
    if steps == LEVELS:
        levels = list(range(LEVELS - 1, -1, -1))
    kept = alphas_bar()
    x = torch.randn(shape, generator=generator)
    for place, level in enumerate(levels):
        t = torch.full((shape[0],), level, dtype=torch.int64)
        v = predict_v(x, t, True)
        if guidance != 1.0:
            without = predict_v(x, t, False)
            v = without + guidance * (v - without)
        now = kept[level].item()
        then = kept[levels[place + 1]].item() if place + 1 < len(levels) else 1.0
        data = now**0.5 * x - (1 - now) ** 0.5 * v
        noise = (1 - now) ** 0.5 * x + now**0.5 * v
        variance = eta**2 * (1 - then) / (1 - now) * (1 - now / then)
        x = then**0.5 * data + max(1 - then - variance, 0.0) ** 0.5 * noise
        if variance > 0:
            x = x + variance**0.5 * torch.randn(shape, generator=generator)
    return x
