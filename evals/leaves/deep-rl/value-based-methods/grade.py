"""Munchausen targets over legal actions against float64 loops (Vieillard 2020, 2007.14430)."""

from __future__ import annotations

from pathlib import Path
from subprocess import TimeoutExpired

from forked import run

CHECK = r"""
import math
import torch
from solution import munchausen_targets

torch.manual_seed(0)
b, a = 300, 7
for scale in (1.0, 300.0):
    reward, action = torch.randn(b), torch.randint(0, a, (b,))
    q = (torch.randn(b, a) * scale).requires_grad_()
    q_next = (torch.randn(b, a) * scale).requires_grad_()
    legal, legal_next = torch.rand(b, a) < 0.4, torch.rand(b, a) < 0.4
    legal[torch.arange(b), action] = True
    terminated = torch.rand(b) < 0.3
    legal_next[torch.arange(b), torch.randint(0, a, (b,))] = True
    legal_next[terminated] = False
    gamma, tau, alpha, clip = 0.97, 0.03, 0.9, -1.0

    def log_policy(values, allowed):
        top = max(v for v, ok in zip(values, allowed) if ok)
        total = sum(math.exp((v - top) / tau) for v, ok in zip(values, allowed) if ok)
        return [(v - top) / tau - math.log(total) if ok else None for v, ok in zip(values, allowed)]

    expected = []
    for i in range(b):
        here = log_policy(q[i].tolist(), legal[i].tolist())
        y = reward[i].item() + alpha * min(max(tau * here[action[i]], clip), 0.0)
        if not terminated[i]:
            values = q_next[i].tolist()
            for v, lp in zip(values, log_policy(values, legal_next[i].tolist())):
                if lp is not None:
                    y += gamma * math.exp(lp) * (v - tau * lp)
        expected.append(y)
    expected = torch.tensor(expected, dtype=torch.float64)
    got = munchausen_targets(
        reward, action, q, q_next, legal, legal_next, terminated, gamma, tau, alpha, clip
    )
    assert got.shape == (b,), f"shape {tuple(got.shape)}"
    assert not got.requires_grad, "a gradient flows into the targets"
    assert torch.isfinite(got).all(), (
        f"{int((~torch.isfinite(got)).sum())} targets are not finite, {int(terminated.sum())} rows"
        " are terminal"
    )
    off = (got.double() - expected).abs().max().item()
    assert off < 2e-4 * max(scale, 1), f"off by {off:.3g} at values of about {scale:g}"
print("held")
"""


def grade(folder: Path) -> str | None:
    """None where the answer in `folder` passes, else one line saying why not."""
    if not (folder / "solution.py").is_file():
        return "solution.py is missing"
    try:
        done = run(["-c", CHECK], folder, 60)
    except TimeoutExpired:
        return "no answer within 60 s"
    if done.returncode == 0 and done.stdout.rstrip().endswith("held"):
        return None
    return (done.stderr.strip().splitlines() or ["it ended early"])[-1][:300]
