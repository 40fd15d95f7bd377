"""Judges three encoders: an embedding is the same alone, in a batch and beside padding."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from subprocess import TimeoutExpired


def grade(folder: Path) -> str | None:
    """Why the answer does not pass; None where it does."""
    from forked import run

    try:
        done = run(["-c", f"import runpy; runpy.run_path({__file__!r})['check']()"], folder, 60)
    except TimeoutExpired:
        return "took longer than 60 s"
    if done.returncode == 0:
        return None
    return (done.stderr.strip().splitlines() or ["failed without a word"])[-1]


def check() -> None:
    sys.path.insert(0, os.getcwd())
    import torch

    torch.set_num_threads(1)
    make_encoder = importlib.import_module("solution").make_encoder
    kinds = ("gru", "conv", "transformer")
    for width in (32, 64, 128):
        counts = {}
        for kind in kinds:
            torch.manual_seed(0)
            model = make_encoder(kind, 5, width)
            counts[kind] = sum(p.numel() for p in model.parameters())
        assert max(counts.values()) <= 1.25 * min(counts.values()), f"not as many: {counts}"
    lengths = torch.tensor([7, 300, 1, 0, 53, 120])
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(len(lengths), 300, 5, generator=generator)
    padding = torch.arange(300) >= lengths[:, None]
    x[padding] = 0.0
    for kind in kinds:
        torch.manual_seed(3)
        model = make_encoder(kind, 5, 64)
        for parameter in model.parameters():  # as after some training: no bias stands at zero
            parameter.data += 0.05 * torch.randn(parameter.shape, generator=generator)
        model.eval()
        with torch.no_grad():
            together = model(x, lengths)
            assert together.shape == (6, 64), f"{kind}: shape {tuple(together.shape)}"
            assert together.isfinite().all(), f"{kind}: not finite"
            dirty = x.clone()
            dirty[padding] = 50.0
            near = 1e-4 * max(1.0, together.abs().max().item())
            assert (model(dirty, lengths) - together).abs().max() < near, (
                f"{kind}: what stands in the padding changes an embedding"
            )
            for row, length in enumerate(lengths.tolist()):
                if length:
                    alone = model(x[row : row + 1, :length], lengths[row : row + 1])
                    apart = (alone[0] - together[row]).abs().max().item()
                    assert apart < near, (
                        f"{kind}: a sequence of {length} steps differs by {apart:.3g} "
                        "alone and in a batch"
                    )
            turned = model(x[1:2].flip(1), lengths[1:2])
            assert (turned[0] - together[1]).abs().max() > 1e-4, f"{kind}: blind to order"
        loss = model(x, lengths).square().sum()
        loss.backward()
        assert all(p.grad is None or p.grad.isfinite().all() for p in model.parameters()), (
            f"{kind}: a gradient is not finite"
        )
