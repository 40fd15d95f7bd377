"""Smoothed and mixed targets against plain loops: options that do not exist, padding, bfloat16."""

from __future__ import annotations

from pathlib import Path

from forked import run

HIDDEN = """
import math
import torch
torch.set_num_threads(1)
from solution import smoothed_loss

def by_loops(logits, target, smoothing, second, share):
    total, rows = 0.0, 0
    for i, row in enumerate(logits.double().tolist()):
        if target[i] == -100:
            continue
        options = [j for j, v in enumerate(row) if v > -math.inf]
        top = max(row)
        log_z = top + math.log(sum(math.exp(row[j] - top) for j in options))
        s = float(share[i]) if isinstance(share, torch.Tensor) and share.dim() else float(share)
        parts = [(target, s)] if second is None else [(target, s), (second, 1 - s)]
        for classes, weight in parts:
            if second is None:
                weight = 1.0
            for j in options:
                q = smoothing / len(options) + (1 - smoothing) * (j == int(classes[i]))
                total -= weight * q * (row[j] - log_z)
        rows += 1
    return total / rows if rows else 0.0

torch.manual_seed(0)
N, K = 40, 12
base = 4 * torch.randn(N, K)
target, second = torch.randint(0, K, (N,)), torch.randint(0, K, (N,))
gone = torch.rand(N, K) < 0.4
gone[torch.arange(N), target] = False
gone[torch.arange(N), second] = False
masked = base.masked_fill(gone, -math.inf)
padded, few = target.clone(), masked.clone()
padded[5:15] = -100
few[5:10] = -math.inf
partner = second.clone()
partner[5:15] = -100
shares = torch.rand(N)
cases = {
    "plain": (base, target, 0.0, None, 1.0),
    "smoothed": (base, target, 0.1, None, 1.0),
    "options that do not exist": (masked, target, 0.1, None, 1.0),
    "mixed": (masked, target, 0.1, second, 0.3),
    "mixed by rows": (masked, target, 0.1, second, shares),
    "padding": (few, padded, 0.1, None, 1.0),
    "padding, mixed by rows": (few, padded, 0.1, partner, shares),
    "padding alone": (torch.full((N, K), -math.inf), torch.full((N,), -100), 0.1, None, 1.0),
}
for name, (logits, t, smoothing, other, share) in cases.items():
    for dtype, within in ((torch.float64, 1e-5), (torch.float32, 1e-5), (torch.bfloat16, 1e-4)):
        x = logits.to(dtype).clone().requires_grad_()
        where = f"{name}, {dtype}"
        loss = smoothed_loss(x, t, smoothing, other, share)
        want = torch.float64 if dtype == torch.float64 else torch.float32
        assert loss.dtype == want and loss.dim() == 0, f"{where}: {loss.dtype}, {tuple(loss.shape)}"
        right = by_loops(x.detach(), t, smoothing, other, share)
        got = float(loss.detach())
        assert abs(got - right) <= within * max(1, right), f"{where}: {got}, not {right}"
        loss.backward()
        assert x.grad is not None and bool(torch.isfinite(x.grad).all()), (
            f"{where}: a gradient is not finite"
        )
        if dtype == torch.float64 and right:
            for i, j in ((0, int(t[0])), (0, int(second[0])), (20, int(t[20]))):
                up, down = x.detach().clone(), x.detach().clone()
                up[i, j] += 1e-5
                down[i, j] -= 1e-5
                slope = (by_loops(up, t, smoothing, other, share)
                         - by_loops(down, t, smoothing, other, share)) / 2e-5
                assert abs(float(x.grad[i, j]) - slope) < 1e-6, f"{where}: wrong gradient"
"""


def grade(folder: Path) -> str | None:
    """None where the answer in the folder passes, else why not."""
    if not (folder / "solution.py").is_file():
        return "solution.py is missing"
    done = run(["-c", HIDDEN], folder, 60)
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["it failed in silence"])[-1]
    return None
