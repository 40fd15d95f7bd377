"""Each part of a mended PPO against loops and torch, and what was sound left as it was."""

from __future__ import annotations

from pathlib import Path
from subprocess import TimeoutExpired

from forked import run

CHECK = r"""
import torch
from torch.distributions import Independent, Normal
from solution import approximate_kl, gae, log_prob, policy_loss, update, value_loss

torch.manual_seed(0)
mean, log_std, action = torch.randn(3, 40, 5)
off = (
    (log_prob(mean, log_std, action) - Independent(Normal(mean, log_std.exp()), 1).log_prob(action))
    .abs()
    .max()
)
assert off < 1e-4, "log_prob: actions' dimensions are not summed"

t_max, n, gamma, lam = 30, 6, 0.95, 0.9
reward, value, final = torch.randn(3, t_max, n, dtype=torch.float64)
last = torch.randn(n, dtype=torch.float64)
term, trunc = torch.rand(t_max, n) < 0.1, torch.rand(t_max, n) < 0.15
trunc[-1, :3] = True
want = torch.zeros(t_max, n, dtype=torch.float64)
for e in range(n):
    for t in range(t_max):
        weight = 1.0
        for s in range(t, t_max):
            after = last[e] if s + 1 == t_max else value[s + 1, e]
            after = final[s, e] if trunc[s, e] else after
            after = 0.0 if term[s, e] else after
            want[t, e] += weight * (reward[s, e] + gamma * after - value[s, e])
            weight *= gamma * lam
            if term[s, e] or trunc[s, e]:
                break
advantage, target = gae(reward, value, last, term, trunc, final, gamma, lam)
scaled = (want - want.mean()) / want.std()
off = (advantage - scaled).abs().max().item()
assert off < 1e-3, f"gae: advantages are off by {off:.3g}"
off = (target - want - value).abs().max().item()
assert off < 1e-6, f"gae: value targets are off by {off:.3g}"

new, old, adv = torch.randn(3, 200)
total = 0.0
for a, b, c in zip(new.tolist(), old.tolist(), adv.tolist()):
    r = 2.718281828459045 ** (a - b)
    total -= min(r * c, min(max(r, 0.8), 1.2) * c)
assert (
    abs(policy_loss(new, old, adv).item() - total / 200) < 1e-4
), "policy_loss was sound and has been changed"
target = torch.randn(50)
prediction = torch.randn(50, 1)
want = 0.5 * ((prediction[:, 0] - target) ** 2).mean()
assert abs(value_loss(prediction, target) - want) < 1e-5, "value_loss: (B, 1) against (B,)"
d = (new - old).double()
assert (
    abs(approximate_kl(new, old).double() - (d.exp() - 1 - d).mean()) < 1e-4
), "approximate_kl was sound and has been changed"


class Policy(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.net = torch.nn.Linear(3, 2)
        self.log_std = torch.nn.Parameter(torch.zeros(2))

    def forward(self, obs):
        return self.net(obs), self.log_std.expand(len(obs), 2)


def made_batch(policy, scale):
    obs = torch.randn(64, 3)
    m, s = policy(obs)
    act = (m + s.exp() * torch.randn(64, 2)).detach()
    old = Independent(Normal(m, s.exp()), 1).log_prob(act).detach()
    return {
        "obs": obs,
        "action": act,
        "log_prob": old,
        "advantage": torch.randn(64),
        "target": torch.randn(64) * scale,
    }


# One step of SGD with rate 1 is the clipped gradient itself.
policy, net = Policy(), torch.nn.Linear(3, 1)
both = [*policy.parameters(), *net.parameters()]
before = [p.detach().clone() for p in both]
update(
    policy, net, torch.optim.SGD(both, lr=1.0), made_batch(policy, 1000.0), epochs=1, max_norm=0.5
)
moved = torch.sqrt(sum(((a - b) ** 2).sum() for a, b in zip(both, before))).item()
assert (
    abs(moved - 0.5) < 1e-3
), f"update: the joint gradient has norm {moved:.3f} after clipping to 0.5"

# KL passes its bound after the first step: no second one is taken.
policy, net = Policy(), torch.nn.Linear(3, 1)
both = [*policy.parameters(), *net.parameters()]
optimizer = torch.optim.SGD(both, lr=2.0)
steps = []
optimizer.register_step_post_hook(lambda *_: steps.append(1))
made = update(
    policy, net, optimizer, made_batch(policy, 0.1), epochs=8, max_norm=5.0, target_kl=1e-3
)
assert (
    len(steps) == 1 and made == 1
), f"update: {len(steps)} steps were taken (said: {made}); the KL passed its bound after 1"
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
