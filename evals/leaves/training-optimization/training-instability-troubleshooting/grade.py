"""Bad updates leave no trace, and runs that only change are not stopped by the guard."""

from __future__ import annotations

from pathlib import Path

from forked import run

HIDDEN = """
import math, os, tempfile, warnings
import numpy as np
import torch
from torch import nn
torch.set_num_threads(1)
warnings.simplefilter("error")
from solution import Guard

class Plant(nn.Module):
    '''Its gradient is what the test wants it to be.'''
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.ones(4))
        self.b = nn.Parameter(torch.ones(2))

def make(max_norm=1.0):
    m = Plant()
    o = torch.optim.AdamW(m.parameters(), lr=1e-4)
    s = torch.optim.lr_scheduler.LambdaLR(o, lambda k: 1 / (1 + k))
    return m, o, s, Guard(m, o, s, max_norm)

def loss_of(m, norm):
    return (m.w.sum() + m.b.sum()) * (norm / math.sqrt(6))

def state(m, o, s):
    moments = [[torch.as_tensor(v).tolist() for v in kept.values()] for kept in o.state.values()]
    return [p.tolist() for p in m.parameters()], moments, s.get_last_lr(), s.last_epoch

def same(a, b):
    return str(a) == str(b)

def run(norms, made=None):
    m, o, s, g = made or make()
    words = []
    for norm in norms:
        before = state(m, o, s)
        done = g.update(loss_of(m, float(norm)))
        assert isinstance(done, bool), "update returned no bool"
        assert all(p.grad is None or not p.grad.any() for p in m.parameters()), "gradients are left"
        if done:
            assert s.last_epoch == before[3] + 1, "an update without a step of the scheduler"
            assert all(torch.isfinite(p).all() for p in m.parameters()), "weights are not finite"
        else:
            assert same(before, state(m, o, s)), f"an update left out (norm {norm:g}) left a trace"
        words.append(done)
    return words, (m, o, s, g)

rng = np.random.default_rng(0)
noise = lambda n, sigma: np.exp(sigma * rng.standard_normal(n))

for size in (0.01, 1.0, 2000.0):
    norms = size * noise(300, 0.15)
    norms[[100, 150, 151, 250]] *= 50
    norms[[120, 200]] = float("nan")
    norms[[130]] = float("inf")
    words, _ = run(norms)
    bad = {100, 120, 130, 150, 151, 200, 250}
    left = {i for i, w in enumerate(words) if not w}
    assert bad <= left, f"size {size}: bad batches went through at {sorted(bad - left)}"
    assert len(left - bad) <= 5, f"size {size}: sound updates left out at {sorted(left - bad)[:8]}"

words, _ = run([float("nan")] * 3 + [1.0] * 5)
assert words == [False] * 3 + [True] * 5, "NaN in the first steps"

quiet = {
    "noisy": noise(1500, 0.4),
    "almost without noise": noise(1500, 0.01),
    "falling by orders": 10 ** np.linspace(2, -2, 1500) * noise(1500, 0.2),
    "rising by orders": 10 ** np.linspace(-2, 2, 1500) * noise(1500, 0.2),
    "first steps large": (1 + 30 * np.exp(-np.arange(1500) / 5)) * noise(1500, 0.2),
}
for name, norms in quiet.items():
    words, _ = run(norms)
    share = 1 - np.mean(words)
    assert share < 0.01, f"{name}: {share:.1%} of sound updates left out"

words, _ = run(np.r_[noise(300, 0.2), 20 * noise(400, 0.2)])
assert np.mean(words[400:]) > 0.97, f"a change that stays: {np.mean(words[400:]):.0%} made after it"

# Clipping, and what it hands to the optimizer.
m, o, s, g = make(max_norm=0.5)
seen = []
o.register_step_pre_hook(lambda *a: seen.append(math.sqrt(sum(
    float(p.grad.double().square().sum()) for p in m.parameters()))))
for norm in (2.0, 0.1):
    g.update(loss_of(m, norm))
assert abs(seen[0] - 0.5) < 1e-3 and abs(seen[1] - 0.1) < 1e-4, f"clipped to {seen}"

m, o, s, g = make()
for norm in noise(40, 0.1):
    g.update(loss_of(m, float(norm)))
try:
    for _ in range(10):
        g.update(loss_of(m, float("nan")))
except RuntimeError:
    pass
else:
    raise AssertionError("ten updates in a row that are not finite raised nothing")

# A resumed guard knows its past.
_, made = run(noise(200, 0.15))
path = os.path.join(tempfile.mkdtemp(), "guard.pt")
torch.save(made[3].state_dict(), path)
fresh = make()
fresh[3].load_state_dict(torch.load(path, weights_only=True))
words, _ = run([1.0, 50.0, 1.0], fresh)
assert words == [True, False, True], f"after a resume: {words}"
"""


def grade(folder: Path) -> str | None:
    """None where the answer in the folder passes, else why not."""
    if not (folder / "solution.py").is_file():
        return "solution.py is missing"
    done = run(["-c", HIDDEN], folder, 120)
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["it failed in silence"])[-1]
    return None
