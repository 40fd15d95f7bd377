import math

import torch
from schedule import LEVELS, alphas_bar
from torch import Tensor


def visited(alpha_bar: Tensor, steps: int) -> list[int]:
    """`steps` different levels, downwards from the last, evenly spaced in angle.

    The first is 999 always: there the input is pure noise, as ours is. A DDIM step turns
    (data, noise) by an angle, so equal angles share the error better than equal indices.
    """
    angle = torch.atan2((1 - alpha_bar).sqrt(), alpha_bar.sqrt())
    end = max(float(angle[-1]) / steps, float(angle[0]))
    wanted = torch.linspace(float(angle[-1]), end, steps, dtype=angle.dtype)
    levels: list[int] = []
    for i, want in enumerate(wanted):
        level = int((angle - want).abs().argmin())
        highest = levels[-1] - 1 if levels else LEVELS - 1
        levels.append(max(min(level, highest), steps - 1 - i))
    return levels


@torch.no_grad()
def sample(predict_v, shape, steps, eta=0.0, guidance=1.0, generator=None) -> Tensor:
    """DDIM on `steps` of the trained levels; eta 0 is deterministic, 1 ancestral."""
    if not 2 <= steps <= LEVELS:
        raise ValueError(f"steps must be 2 to {LEVELS}")
    device = generator.device if generator is not None else torch.device("cpu")

    def noise() -> Tensor:
        return torch.randn(tuple(shape), generator=generator, device=device)

    alpha_bar = alphas_bar()
    levels = visited(alpha_bar, steps)
    # The last step goes to the data themselves, where alpha-bar is 1.
    shares = [float(alpha_bar[t]) for t in levels] + [1.0]
    x = noise()
    for level, a, b in zip(levels, shares[:-1], shares[1:], strict=True):
        t = torch.full((shape[0],), level, dtype=torch.int64, device=device)
        v = predict_v(x, t, True)
        if guidance != 1:
            uncond = predict_v(x, t, False)
            v = uncond + guidance * (v - uncond)
        # No division by a, which is 0 at the first level: there x is noise, -v the data.
        data = math.sqrt(a) * x - math.sqrt(1 - a) * v
        eps = math.sqrt(1 - a) * x + math.sqrt(a) * v
        sigma = eta * math.sqrt((1 - b) / (1 - a) * (1 - a / b))
        x = math.sqrt(b) * data + math.sqrt(max(1 - b - sigma**2, 0.0)) * eps
        if sigma > 0:
            x = x + sigma * noise()
    return x.float()
