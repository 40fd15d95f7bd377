"""Judges a network that must rise: its rule far beyond the data too, its fit beside the truth."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from subprocess import TimeoutExpired
from typing import Any

# Three times what a free network of two layers of 64 comes to (0.08); the noise is 0.3.
LIMIT = 0.25


def grade(folder: Path) -> str | None:
    """Why the answer does not pass; None where it does."""
    from forked import run

    try:
        done = run(["-c", f"import runpy; runpy.run_path({__file__!r})['check']()"], folder, 120)
    except TimeoutExpired:
        return "took longer than 120 s"
    if done.returncode == 0:
        return None
    return (done.stderr.strip().splitlines() or ["failed without a word"])[-1]


def truth(x: Any) -> Any:
    """Rises with dose, with an S and then ever less, and with moisture up to a ceiling."""
    dose, moisture, season = x.T
    strength = 1.2 + 0.8 * (3 * season).sin()
    uptake = (1.5 * (dose - 2)).sigmoid() + 0.15 * dose.clamp(min=0).log1p()
    return (
        4 * strength * uptake
        + 2 * (-3 * (1 - moisture).clamp(min=0)).exp()
        + 1.5 * (2 * season).cos()
    )


def sample(count: int, seed: int) -> tuple[Any, Any]:
    """Return points and noisy values, as data.npz holds them with seed 0."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    x = torch.rand(count, 3, generator=generator) * torch.tensor([6.0, 1.5, 2.0])
    x -= torch.tensor([0.0, 0.0, 1.0])
    return x, truth(x) + 0.3 * torch.randn(count, generator=generator)


def check() -> None:
    sys.path.insert(0, os.getcwd())
    import torch

    torch.set_num_threads(1)
    fit = importlib.import_module("solution").fit
    model = fit(*sample(2000, 1)).eval()
    generator = torch.Generator().manual_seed(2)
    x, _ = sample(4000, 3)
    with torch.no_grad():
        out = model(x)
        assert out.shape == (4000,), f"shape {tuple(out.shape)}"
        error = (out - truth(x)).square().mean().sqrt().item()
        for spread in (1.0, 10.0, 1000.0):
            points = (torch.rand(4000, 3, generator=generator) - 0.3) * spread
            for column in (0, 1):
                for rise in (0.01, 0.3, 3.0):
                    higher = points.clone()
                    higher[:, column] += rise * spread
                    low, high = model(points), model(higher)
                    slack = 1e-5 * (1 + low.abs())
                    fallen = (high < low - slack).float().mean().item()
                    assert not fallen, f"falls when x[:, {column}] rises at {fallen:.1%} of points"
    assert error < LIMIT, f"root mean squared error to the truth {error:.3f}; {LIMIT} can be had"
    points = x.clone().requires_grad_()
    model(points).sum().backward()
    slopes = points.grad[:, :2]
    assert slopes.min() > -1e-5, f"a slope is {slopes.min():.3g}"
    assert points.grad[:, 2].min() < -0.5 < 0.5 < points.grad[:, 2].max(), "season is not free"
