"""The noise levels that the network was trained on."""

import torch
from torch import Tensor

LEVELS = 1000


def alphas_bar() -> Tensor:
    """Share of the data's variance that is left at each level, (1000,), float64.

    The scaled-linear schedule, its square root shifted and scaled to end without signal.
    """
    betas = torch.linspace(0.00085**0.5, 0.012**0.5, LEVELS, dtype=torch.float64) ** 2
    root = torch.cumprod(1 - betas, 0).sqrt()
    root = (root - root[-1]) * root[0] / (root[0] - root[-1])
    return root**2
