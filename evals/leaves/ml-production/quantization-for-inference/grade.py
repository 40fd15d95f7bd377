"""Every value within half a stored step, in plain loops over nibbles."""

from __future__ import annotations

from pathlib import Path
from subprocess import TimeoutExpired

from forked import run

CHECK = r"""
import math, torch
from solution import pack, unpack

torch.manual_seed(0)
cases = {
    "plain": (torch.randn(32, 64) * 0.02, 16),
    "odd": (torch.randn(17, 37) * 0.02, 8),
    "short group": (torch.randn(9, 50) * 0.02, 32),
    "one column": (torch.randn(3, 1), 4),
    "odd group": (torch.randn(7, 31) * 0.02, 5),
    "group wider than the row": (torch.randn(4, 6), 128),
    "many": (torch.randn(256, 512) * 0.02, 64),
}
pruned = torch.randn(12, 40) * 0.02
pruned[0] = 0
pruned[3, 8:16] = 0
pruned[5] *= 1e-5
pruned[6] *= 2e-6
pruned[7] *= 1e-8
cases["pruned"] = (pruned, 8)
fine = torch.rand(400, 16) * 2 - 1
fine = fine * torch.logspace(-8, 1, 400)[:, None]
cases["all sizes"] = (fine, 16)
for name, (w, g) in cases.items():
    keep = w.clone()
    packed, scales = pack(w, g)
    out, n = w.shape
    groups = math.ceil(n / g)
    if packed.dtype != torch.uint8 or tuple(packed.shape) != (out, math.ceil(n / 2)):
        print(f"FAIL {name}: packed is {packed.dtype} {tuple(packed.shape)}")
        raise SystemExit(1)
    if scales.dtype != torch.float16 or tuple(scales.shape) != (out, groups):
        print(f"FAIL {name}: scales are {scales.dtype} {tuple(scales.shape)}")
        raise SystemExit(1)
    if not torch.equal(w, keep):
        print(f"FAIL {name}: the weight was changed in place")
        raise SystemExit(1)
    if not torch.isfinite(scales).all():
        print(f"FAIL {name}: scales not finite")
        raise SystemExit(1)
    back = unpack(packed, scales, n, g)
    if back.dtype != torch.float32 or back.shape != w.shape or not torch.isfinite(back).all():
        print(f"FAIL {name}: unpacked is {back.dtype} {tuple(back.shape)} or not finite")
        raise SystemExit(1)
    col = torch.arange(n)
    nib = (packed[:, col // 2].int() >> (4 * (col % 2)).int()) & 15
    q = torch.where(nib > 7, nib - 16, nib)
    if (q < -7).any():
        print(f"FAIL {name}: the integer -8 occurs")
        raise SystemExit(1)
    step = scales.float()[:, col // g]
    if not torch.allclose(back, q * step, rtol=1e-6, atol=0):
        print(f"FAIL {name}: unpack disagrees with the nibbles")
        raise SystemExit(1)
    excess = (
        (back.double() - w.double()).abs() - 0.5 * step.double() - 2e-7 * w.double().abs()
    ).max()
    if excess > 0:
        print(f"FAIL {name}: a value is off by more than half of the stored step")
        raise SystemExit(1)
    for r in range(out):
        for k in range(groups):
            a = w[r, k * g : (k + 1) * g].abs().max().item()
            if scales[r, k].item() > max(
                a / 7 * 1.01, a / 7 + 2**-24, 2**-14 if a / 7 < 2**-14 else 0
            ):
                print(f"FAIL {name}: a scale is larger than it need be")
                raise SystemExit(1)
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
