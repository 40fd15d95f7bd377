"""Squashed Gaussians against the closed form in float64, also far out; SAC's losses by hand."""

from __future__ import annotations

from pathlib import Path
from subprocess import TimeoutExpired

from forked import run

CHECK = r"""
import math
import torch
from solution import critic_target, sample, temperature_loss

torch.manual_seed(0)
low = torch.tensor([-0.5, -3.0, 0.0, -1.0])
high = torch.tensor([2.0, 3.0, 0.01, 40.0])
for spread in (0.5, 4.0, 12.0, 30.0):
    mean = (torch.randn(200, 4).clamp(-1, 1) * spread).requires_grad_()
    log_std = (torch.randn(200, 4) * 0.5 - 1).requires_grad_()
    noise = torch.randn(200, 4)
    action, log_prob = sample(mean, log_std, noise, low, high)
    assert action.shape == (200, 4) and log_prob.shape == (
        200,
    ), f"shapes {tuple(action.shape)}, {tuple(log_prob.shape)}"
    m, s = mean.detach().double().requires_grad_(), log_std.detach().double().requires_grad_()
    u = m + s.exp() * noise.double()
    half = (high.double() - low.double()) / 2
    # log(1 - tanh(u)^2) = 2 (log 2 - |u| - log1p(exp(-2|u|)))
    jacobian = half.log() + 2 * (math.log(2) - u.abs() - torch.log1p(torch.exp(-2 * u.abs())))
    wanted = (-0.5 * noise.double() ** 2 - s - 0.5 * math.log(2 * math.pi) - jacobian).sum(1)
    place = low.double() + half * (1 + torch.tanh(u))
    assert torch.isfinite(log_prob).all(), f"log_prob is not finite at means of {spread:g}"
    off = (log_prob.double() - wanted).abs().max().item()
    assert off < 2e-3, f"log_prob is off by {off:.3g} nats at means of {spread:g}"
    off = (action.double() - place).abs().max().item()
    assert off < 1e-4, f"actions are off by {off:.3g}"
    assert (action >= low - 1e-5).all() and (
        action <= high + 1e-5
    ).all(), "actions leave their range"
    (log_prob.sum() + action.sum()).backward()
    (wanted.sum() + place.sum()).backward()
    for name, a, b in (("mean", mean, m), ("log_std", log_std, s)):
        assert torch.isfinite(
            a.grad
        ).all(), f"the gradient by {name} is not finite at means of {spread:g}"
        off = ((a.grad.double() - b.grad).abs() / (1 + b.grad.abs())).max().item()
        assert off < 1e-2, f"the gradient by {name} is off by {off:.3g} at means of {spread:g}"

b = 64
reward, q1, q2, lp = torch.randn(4, b)
q1, q2 = q1.clone().requires_grad_(), q2.clone().requires_grad_()
terminated, truncated = torch.rand(b) < 0.4, torch.rand(b) < 0.4
log_alpha = torch.tensor(-1.2, requires_grad=True)
got = critic_target(reward, terminated, truncated, q1, q2, lp, log_alpha, 0.98)
assert got.shape == (b,) and not got.requires_grad, "a gradient flows into the critics' target"
for i in range(b):
    y = reward[i].item()
    if not terminated[i]:
        y += 0.98 * (min(q1[i].item(), q2[i].item()) - math.exp(-1.2) * lp[i].item())
    assert abs(y - got[i].item()) < 1e-5, (
        f"critic target {got[i].item():.4f}, by hand {y:.4f} (terminated {bool(terminated[i])},"
        f" truncated {bool(truncated[i])})"
    )

for entropy, sign in ((0.0, 1), (5.0, -1)):
    log_alpha = torch.tensor(0.3, requires_grad=True)
    log_prob = torch.full((8,), -entropy).requires_grad_()
    loss = temperature_loss(log_alpha, log_prob, 2.0)
    loss.backward()
    assert (
        log_prob.grad is None or not log_prob.grad.any()
    ), "the temperature's loss trains the policy"
    assert loss.dim() == 0
    # entropy below its target: alpha must rise, so the gradient is negative
    assert log_alpha.grad.item() * sign < 0, "alpha moves the wrong way"
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
