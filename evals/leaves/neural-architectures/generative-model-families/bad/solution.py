"""DDIM with evenly spaced levels."""

import torch
from schedule import LEVELS, alphas_bar


@torch.no_grad()
def sample(predict_v, shape, steps, eta=0.0, guidance=1.0, generator=None):
    levels = (torch.arange(steps) * (LEVELS // steps)).flip(0)
    kept = alphas_bar().float()
    x = torch.randn(shape, generator=generator)
    for place, level in enumerate(levels):
        t = torch.full((shape[0],), int(level), dtype=torch.int64)
        v = predict_v(x, t, True)
        if guidance != 1.0:
            without = predict_v(x, t, False)
            v = without + guidance * (v - without)
        now = kept[level]
        then = kept[levels[place + 1]] if place + 1 < steps else torch.tensor(1.0)
        data = (now.sqrt() * x - (1 - now).sqrt() * v).clamp(-1, 1)
        noise = (1 - now).sqrt() * x + now.sqrt() * v
        sigma = eta * ((1 - then) / (1 - now) * (1 - now / then)).sqrt()
        x = then.sqrt() * data + (1 - then - sigma**2).sqrt() * noise
        x = x + sigma * torch.randn(shape, generator=generator)
    return x
