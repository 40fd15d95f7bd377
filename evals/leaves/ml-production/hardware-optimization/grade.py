"""A decode step's roofline against sums written out for known models."""

from __future__ import annotations

from pathlib import Path
from subprocess import TimeoutExpired

from forked import run

CHECK = r"""
from solution import decode_step


def fail(words):
    print("FAIL " + words)
    raise SystemExit(1)


def oracle(m, batch, context, hw, weight=1.0, cache=1.0, compute=1.0):
    q = m["width"] * m["heads"] * m["head_dim"]
    kv = m["width"] * m["kv_heads"] * m["head_dim"]
    attention = 2 * q + 2 * kv
    mlp = 3 * m["width"] * m["mlp_width"]
    router = m["width"] * m["experts"] if m["experts"] > 1 else 0
    active = m["active"] if m["experts"] > 1 else 1
    touched = m["experts"] * (1 - (1 - active / m["experts"]) ** batch) if m["experts"] > 1 else 1
    head = m["vocab"] * m["width"]
    read = (
        m["layers"] * (attention + router + touched * mlp)
        + head
        + (0 if m["tied"] else batch * m["width"])
    )
    stored = m["layers"] * (attention + router + m["experts"] * mlp) + head * (
        1 if m["tied"] else 2
    )
    entries = batch * context * m["layers"] * 2 * m["kv_heads"] * m["head_dim"]
    flops = 2 * batch * (m["layers"] * (attention + router + active * mlp) + head)
    flops += 4 * batch * context * m["layers"] * m["heads"] * m["head_dim"]
    memory = (read * m["weight_bytes"] * weight + entries * m["kv_bytes"] * cache) / (
        hw["tbytes_s"] * 1e12
    )
    work = flops / (hw["tflops"] / 2 * compute * 1e12)
    fits = stored * m["weight_bytes"] + entries * m["kv_bytes"] <= hw["memory_gb"] * 1e9
    return max(memory, work), "memory" if memory > work else "compute", fits, memory, work


def dense(**k):
    return {
        **dict(
            layers=32,
            width=4096,
            heads=32,
            kv_heads=8,
            head_dim=128,
            mlp_width=14336,
            experts=1,
            active=1,
            vocab=128256,
            tied=False,
            weight_bytes=2,
            kv_bytes=2,
        ),
        **k,
    }


moe = dense(experts=64, active=2, mlp_width=2048, layers=24, vocab=50304)
h = dict(tbytes_s=3.35, memory_gb=80, tflops=1979)
weak = dict(tbytes_s=3.35, memory_gb=80, tflops=300)
cases = {
    "one sequence": (dense(), 1, 512, h),
    "one sequence, small and tied": (
        dense(layers=16, width=2048, mlp_width=8192, head_dim=64, tied=True, weight_bytes=2),
        1,
        128,
        h,
    ),
    "large vocabulary, untied": (dense(layers=8, vocab=256000), 1, 64, h),
    "cache dominates": (dense(), 64, 8192, h),
    "does not fit": (dense(), 80, 8192, h),
    "all heads cached": (dense(kv_heads=32), 16, 4096, h),
    "compute": (dense(), 400, 64, h),
    "compute by the headline's half": (dense(), 380, 16, h),
    "weak device": (dense(), 128, 64, weak),
    "four bits, large batch": (dense(weight_bytes=0.5), 128, 64, h),
    "experts, one sequence": (moe, 1, 256, h),
    "experts, eight": (moe, 8, 256, h),
    "experts, 64": (moe, 64, 256, h),
    "experts, 4 of 8": (dense(experts=8, active=2, weight_bytes=1), 4, 256, h),
    "experts fit": (dense(experts=8, active=2, weight_bytes=1), 1, 256, h),
    "experts do not fit": (dense(experts=8, active=2), 1, 256, h),
    "head wider than the model": (dense(width=2048, heads=32, head_dim=128), 8, 4096, h),
}
seen = set()
for name, (m, batch, context, hw) in cases.items():
    seconds, bound, fits, *times = oracle(m, batch, context, hw)
    got = decode_step(dict(m), batch, context, dict(hw))
    if not abs(got["seconds"] - seconds) < 0.01 * seconds:
        fail(f"{name}: {got['seconds'] * 1e3:.3f} ms, not {seconds * 1e3:.3f}")
    if got["bound"] != bound:
        fail(f"{name}: bound by {got['bound']}, not {bound}")
    if bool(got["fits"]) != fits:
        fail(f"{name}: fits {got['fits']}, not {fits}")
    changed = {
        "weights": oracle(m, batch, context, hw, weight=0.5)[0],
        "cache": oracle(m, batch, context, hw, cache=0.5)[0],
        "compute": oracle(m, batch, context, hw, compute=2)[0],
    }
    first, second = sorted(changed.values())[:2]
    if second - first > 0.02 * seconds:
        best = min(changed, key=changed.get)
        seen.add(best)
        if got["best_change"] != best:
            fail(f"{name}: best change {got['best_change']}, not {best}")
assert seen == {"weights", "cache", "compute"}, seen
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
