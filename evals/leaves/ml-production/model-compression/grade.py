"""Distillation against plain loops over tokens, and its gradients."""

from __future__ import annotations

from pathlib import Path
from subprocess import TimeoutExpired

from forked import run

CHECK = r"""
import math, torch
from solution import distill_loss


def fail(words):
    print("FAIL " + words)
    raise SystemExit(1)


def logp(row, t):
    row = [x / t for x in row]
    m = max(row)
    z = m + math.log(sum(math.exp(x - m) for x in row))
    return [x - z for x in row]


def oracle(s, te, y, t, a):
    kl = ce = n = 0
    for b in range(y.shape[0]):
        for i in range(y.shape[1]):
            if y[b, i] == -100:
                continue
            v = te.shape[-1]
            n += 1
            sr, tr = s[b, i, :v].tolist(), te[b, i].tolist()
            ls, lt = logp(sr, t), logp(tr, t)
            kl += sum(math.exp(p) * (p - q) for p, q in zip(lt, ls) if p > -math.inf)
            ce -= logp(sr, 1.0)[y[b, i]]
    return (a * t * t * kl + (1 - a) * ce) / n if n else 0.0


torch.manual_seed(0)


def make(b=3, n=7, v=11, extra=3, ban=True, dtype=torch.float64):
    s, te = 3 * torch.randn(b, n, v + extra, dtype=dtype), 3 * torch.randn(b, n, v, dtype=dtype)
    y = torch.randint(0, v, (b, n))
    y[0, :4] = -100
    y[1, :1] = -100
    if ban:
        mask = torch.rand(b, n, v) < 0.3
        mask.scatter_(-1, y.clamp(min=0)[..., None], False)
        te = te.masked_fill(mask, -math.inf)
        s[..., :v] = s[..., :v].masked_fill(mask, -math.inf)
    return s, te, y


for ban in (False, True):
    for t, a in ((1.0, 0.5), (4.0, 0.9), (2.0, 1.0), (3.0, 0.0)):
        s, te, y = make(ban=ban)
        s.requires_grad_()
        te.requires_grad_()
        got = distill_loss(s, te, y, t, a)
        what = f"temperature {t}, alpha {a}" + (", banned tokens" if ban else "")
        if got.dtype != torch.float64 or got.dim() != 0:
            fail(f"{what}: not a float64 scalar")
        want = oracle(s.detach(), te.detach(), y, t, a)
        if not abs(got.item() - want) < 1e-8 * max(1, want):
            fail(f"{what}: {got.item():.6f}, not {want:.6f}")
        got.backward()
        if not torch.isfinite(s.grad).all():
            fail(f"{what}: the gradient is not finite")
        if s.grad[..., 11:].abs().max() > 0:
            fail(f"{what}: padded columns get a gradient")
        if s.grad[y == -100].abs().max() > 0:
            fail(f"{what}: tokens that do not count get a gradient")
        if te.grad is not None and te.grad.abs().max() > 0:
            fail(f"{what}: the teacher gets a gradient")
s, te, y = make(b=2, n=3, v=5, extra=2, ban=False)
if not torch.autograd.gradcheck(lambda x: distill_loss(x, te, y, 2.0, 0.7), (s.requires_grad_(),)):
    fail("gradcheck")
s, te, y = make(b=2, n=300, v=64, ban=True)
s, te = s.bfloat16().requires_grad_(), te.bfloat16()
got = distill_loss(s, te, y, 2.0, 0.7)
if got.dtype != torch.float32:
    fail("bfloat16 logits: the loss is not float32")
want = oracle(s.detach().double(), te.double(), y, 2.0, 0.7)
if abs(got.item() - want) > 2e-5 * want:
    fail(f"bfloat16 logits: {got.item():.6f}, not {want:.6f}")
s, te, y = make()
y[:] = -100
s.requires_grad_()
got = distill_loss(s, te, y, 2.0, 0.7)
if not (got.item() == 0):
    fail(f"nothing counts: {got.item()}")
try:
    got.backward()
except RuntimeError:
    fail("nothing counts: backward raises")
if s.grad is None or not (s.grad == 0).all():
    fail("nothing counts: the gradient is not zero")
print("PASS")
"""


def grade(folder: Path) -> str | None:
    """None where the answer passes, else why not."""
    try:
        done = run(["-c", CHECK], folder, 60)
    except TimeoutExpired:
        return "hangs"
    if done.returncode == 0 and done.stdout.splitlines()[-1:] == ["PASS"]:
        return None
    said = [line for line in done.stdout.splitlines() if line.startswith("FAIL ")]
    return said[0][5:] if said else (done.stderr.strip().splitlines() or ["no result"])[-1][:200]
