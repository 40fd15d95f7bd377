"""An n-step ring buffer against windows rebuilt from the whole history after each addition."""

from __future__ import annotations

from pathlib import Path
from subprocess import TimeoutExpired

from forked import run

CHECK = r"""
import numpy as np
from solution import NStepReplay

for seed, (capacity, n, end) in enumerate(
    ((50, 3, 0.1), (7, 5, 0.3), (11, 1, 0.2), (6, 6, 0.02), (20, 4, 0.0))
):
    rng = np.random.default_rng(seed)
    gamma, history = 0.9, []
    buffer = NStepReplay(capacity, n, gamma)
    obs, nxt = np.zeros(2, np.float32), np.zeros(2, np.float32)
    obs[:] = rng.normal(size=2)
    for i in range(4 * capacity + 3):
        nxt[:] = rng.normal(size=2)
        action, reward = int(rng.integers(3)), float(rng.normal())
        terminated, truncated = bool(rng.random() < end), bool(rng.random() < end)
        buffer.add(obs, action, reward, nxt, terminated, truncated)
        history.append((obs.copy(), action, reward, nxt.copy(), terminated, truncated))
        obs[:] = rng.normal(size=2) if terminated or truncated else nxt
        windows = {}
        for start in range(max(0, i + 1 - capacity), i + 1):
            total, steps, closed = 0.0, 0, False
            for j in range(start, min(start + n, i + 1)):
                total += gamma**steps * history[j][2]
                steps += 1
                if history[j][4] or history[j][5]:
                    closed = True
                    break
            if closed or steps == n:
                last = history[start + steps - 1]
                windows[start % capacity] = (
                    start,
                    total,
                    last[3],
                    0.0 if last[4] else gamma**steps,
                )
        got = sorted(int(s) for s in buffer.valid())
        missing, extra = sorted(set(windows) - set(got)), sorted(set(got) - set(windows))
        assert got == sorted(windows), (
            f"after {i + 1} additions to {capacity} slots, n={n}: slots {missing} missing, {extra}"
            " are not valid yet"
        )
        if not got:
            continue
        batch = buffer.gather(np.array(got))
        for row, slot in enumerate(got):
            start, total, successor, discount = windows[slot]
            where = f"slot {slot} after {i + 1} additions to {capacity} slots, n={n}"
            assert np.array_equal(batch["obs"][row], history[start][0]), f"obs of {where}"
            assert batch["action"][row] == history[start][1], f"action of {where}"
            assert (
                abs(batch["reward"][row] - total) < 1e-5
            ), f"reward of {where}: {batch['reward'][row]:.4f}, by hand {total:.4f}"
            assert (
                abs(batch["discount"][row] - discount) < 1e-9
            ), f"discount of {where}: {batch['discount'][row]:.4f}, by hand {discount:.4f}"
            assert np.array_equal(batch["next_obs"][row], successor), f"next_obs of {where}"
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
