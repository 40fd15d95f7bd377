"""Attention with a cache: each row of a padded batch against the row alone, in plain loops."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from subprocess import TimeoutExpired


def grade(folder: Path) -> str | None:
    """None where the module passes, else the first thing that is wrong."""
    from forked import run

    try:
        done = run([__file__], folder, 60)
    except TimeoutExpired:
        return "it takes more than 60 s"
    lines = (done.stderr or done.stdout).strip().splitlines() or ["it ended without a word"]
    return None if done.returncode == 0 else lines[-1]


def main() -> None:
    sys.path.insert(0, str(Path.cwd()))
    import torch

    Attention = import_module("solution").Attention
    torch.set_num_threads(1)

    def rotate(x: torch.Tensor, base: float) -> torch.Tensor:
        """x (T, head_dim) in float64 at positions 0, 1, ..."""
        half = x.shape[1] // 2
        rates = base ** (-2 * torch.arange(half, dtype=torch.float64) / x.shape[1])
        angle = torch.arange(len(x), dtype=torch.float64)[:, None] * rates
        a, b = x[:, :half], x[:, half:]
        return torch.cat([a * angle.cos() - b * angle.sin(), b * angle.cos() + a * angle.sin()], 1)

    def alone(module: torch.nn.Module, x: torch.Tensor, heads: int, groups: int) -> torch.Tensor:
        """One row without padding, x (T, dim), in float64."""
        q, k, v, o = (module.get_parameter(f"{name}.weight").double() for name in "qkvo")
        width = x.shape[1] // heads
        hidden = torch.ones(len(x), len(x)).triu(1).bool()
        out = []
        for head in range(heads):
            group = head // (heads // groups)
            one, own = (slice(i * width, (i + 1) * width) for i in (head, group))
            query, key = rotate(x @ q[one].T, 10000.0), rotate(x @ k[own].T, 10000.0)
            scores = (query @ key.T / width**0.5).masked_fill(hidden, -torch.inf)
            out.append(scores.softmax(-1) @ (x @ v[own].T))
        return torch.cat(out, 1) @ o.T

    torch.manual_seed(0)
    module = Attention(32, 4, 2)
    lengths, total = [12, 3, 9, 1], 12
    valid = torch.stack([torch.arange(total) >= total - n for n in lengths])
    x = torch.randn(4, total, 32)
    wanted = [alone(module, x[i, total - n :].double(), 4, 2) for i, n in enumerate(lengths)]
    for chunks in ([12], [5, 4, 3], [2, 6, 1, 1, 1, 1], [1] * 12):
        cache, outs, start = None, [], 0
        for size in chunks:
            now = slice(start, start + size)
            out, cache = module(x[:, now], valid[:, now], cache)
            outs.append(out)
            start += size
        got = torch.cat(outs, 1)
        assert got.isfinite().all(), f"chunks {chunks}: an output is not finite"
        for i, n in enumerate(lengths):
            apart = (got[i, total - n :].double() - wanted[i]).abs().max().item()
            assert apart < 1e-4, f"chunks {chunks}, row of {n} tokens: off by {apart:.2g}"
    given = x.clone().requires_grad_()
    out, _ = module(given, valid)
    out[valid].square().sum().backward()
    parameters = list(module.parameters())
    assert all(p.grad is not None and p.grad.isfinite().all() for p in parameters), "a gradient"
    assert given.grad is not None
    assert given.grad.isfinite().all(), "the gradient of the input is not finite"
    assert not given.grad[~valid].any(), "padding has a gradient from real tokens"

    module = Attention(64, 1, 1)
    with torch.no_grad():
        module.q.weight.mul_(4)
        module.k.weight.mul_(4)
    module = module.to(torch.bfloat16)
    x = torch.randn(1, 3000, 64).to(torch.bfloat16)
    with torch.no_grad():
        out, cache = module(x[:, :2990], torch.ones(1, 2990, dtype=torch.bool))
        outs = [out]
        for t in range(2990, 3000):
            out, cache = module(x[:, t : t + 1], torch.ones(1, 1, dtype=torch.bool), cache)
            outs.append(out)
        assert all(out.dtype is torch.bfloat16 for out in outs), "bfloat16 in, another type out"
        wanted_long = alone(module, x[0].double(), 1, 1)
        got = torch.cat(outs, 1)[0].double()
        for name, part in (("prefill", slice(2800, 2990)), ("decoding", slice(2990, 3000))):
            apart = (got[part] - wanted_long[part]).norm() / wanted_long[part].norm()
            assert apart < 0.15, f"bfloat16, {name} near position 3,000: relative error {apart:.2f}"


if __name__ == "__main__":
    main()
