"""Imagined returns, weights and actor loss by recursion (Hafner et al. 2023, 2301.04104)."""

from __future__ import annotations

from pathlib import Path
from subprocess import TimeoutExpired

from forked import run

CHECK = r"""
import torch
from solution import actor_loss, lambda_returns, weights

torch.manual_seed(0)
h, b, gamma, lam = 7, 50, 0.9, 0.8
reward, value = torch.randn(h + 1, b, dtype=torch.float64), torch.randn(
    h + 1, b, dtype=torch.float64
)
cont = torch.rand(h + 1, b, dtype=torch.float64)
cont[0] = (torch.rand(b) < 0.7).double()
cont[3, :5] = 0.0


def back(t, i):
    if t == h:
        return value[h, i]
    return reward[t + 1, i] + gamma * cont[t + 1, i] * (
        (1 - lam) * value[t + 1, i] + lam * back(t + 1, i)
    )


want = torch.stack([torch.stack([back(t, i) for i in range(b)]) for t in range(h)])
got = lambda_returns(reward, cont, value, gamma, lam)
assert got.shape == (h, b), f"returns have shape {tuple(got.shape)}"
off = (got - want).abs().max().item()
assert off < 1e-9, f"lambda returns are off by {off:.3g}"

want = torch.ones(h, b, dtype=torch.float64)
for t in range(h):
    for s in range(t + 1):
        want[t] *= cont[s]
got = weights(cont.clone().requires_grad_())
assert got.shape == (h, b), f"weights have shape {tuple(got.shape)}"
assert not got.requires_grad, "a gradient flows through the weights"
off = (got - want).abs().max().item()
assert off < 1e-9, (
    f"weights are off by {off:.3g}; start states that end an episode get"
    f" {got[:, cont[0] == 0].max().item():.3g}"
)

for scale in (0.2, 5.0):
    log_prob = torch.randn(h, b, dtype=torch.float64, requires_grad=True)
    entropy = torch.rand(h, b, dtype=torch.float64, requires_grad=True)
    returns = torch.randn(h, b, dtype=torch.float64, requires_grad=True)
    base = value.clone().requires_grad_()
    w = torch.rand(h, b, dtype=torch.float64)
    total = 0.0
    for t in range(h):
        for i in range(b):
            adv = (returns[t, i] - base[t, i]).item() / max(1.0, scale)
            total += w[t, i].item() * (-log_prob[t, i].item() * adv - 0.01 * entropy[t, i].item())
    loss = actor_loss(log_prob, entropy, returns, base, w, torch.tensor(scale), 0.01)
    assert (
        loss.dim() == 0 and abs(loss.item() - total / (h * b)) < 1e-9
    ), f"actor loss {loss.item():.5f}, by hand {total / (h * b):.5f}"
    loss.backward()
    assert (
        returns.grad is None or not returns.grad.any()
    ), "REINFORCE sends a gradient into the returns"
    assert base.grad is None or not base.grad.any(), "the actor's loss trains the baseline"
    off = (entropy.grad + 0.01 * w / (h * b)).abs().max().item()
    assert off < 1e-9, "entropy is not weighted by eta and the weights"
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
