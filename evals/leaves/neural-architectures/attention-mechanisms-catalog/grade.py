"""Judges attention over a cache: loops as the oracle, rubbish behind the lengths, empty rows."""

from __future__ import annotations

import importlib
import math
import os
import sys
from pathlib import Path
from subprocess import TimeoutExpired

FILES = Path(__file__).resolve().parent / "files"


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
    sys.path[:0] = [str(FILES), os.getcwd()]
    import torch

    cache_of = importlib.import_module("cache").Cache
    attend = importlib.import_module("solution").attend
    for dtype, tolerance in ((torch.float32, 1e-5), (torch.bfloat16, 0.04)):
        for left_behind in (0.0, 1e4, math.inf, math.nan):
            for new, window in ((1, None), (1, 3), (4, None), (4, 3), (4, 40)):
                torch.manual_seed(0)
                cache = cache_of(5, 2, 24, 8, dtype)
                cache.keys.fill_(left_behind)
                cache.values.fill_(left_behind)
                for row, length in enumerate((9, 17, 4, 0, 2)):
                    part = torch.randn(2, 2, length, 8, dtype=dtype)
                    cache.append(row, part[0], part[1])
                q = torch.randn(5, 6, new, 8, dtype=dtype, requires_grad=True)
                kept = cache.keys.clone(), cache.values.clone()
                out = attend(q, cache, window)
                case = f"{dtype}, {new} new, window {window}, {left_behind} left in the cache"
                assert out.dtype == dtype, f"{case}: comes back as {out.dtype}"
                assert out.shape == q.shape, f"{case}: shape {tuple(out.shape)}"
                for row, length in enumerate((9, 17, 4, 0, 2)):
                    for i in range(new):
                        own = length - new + i
                        if own < 0:
                            continue
                        first = 0 if window is None else max(0, own - window + 1)
                        for head in range(6):
                            keys = cache.keys[row, head // 3, first : own + 1].double()
                            values = cache.values[row, head // 3, first : own + 1].double()
                            scores = keys @ q[row, head, i].double() / math.sqrt(8)
                            right = scores.softmax(0) @ values
                            apart = (out[row, head, i].double() - right).abs().max().item()
                            assert apart < tolerance, (
                                f"{case}: row of {length}, query {i}: off by {apart:.3g}"
                            )
                assert out.isfinite().all(), f"{case}: an output is not finite"
                out.float().square().sum().backward()
                assert q.grad is not None, f"{case}: no gradient"
                assert q.grad.isfinite().all(), f"{case}: a gradient is not finite"
                for now, then in zip((cache.keys, cache.values), kept, strict=True):
                    assert torch.equal(now.nan_to_num(7), then.nan_to_num(7)), "the cache changed"
    empty = cache_of(2, 2, 24, 8, torch.float32)
    out = attend(torch.randn(2, 2, 1, 8), empty)
    assert out.shape == (2, 2, 1, 8), "all rows empty: wrong shape"
    assert out.isfinite().all(), "all rows empty: not finite"
