"""Attention with sinks and a window: every query by itself, whatever the division into calls."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from subprocess import TimeoutExpired


def grade(folder: Path) -> str | None:
    """None where the class passes, else the first thing that is wrong."""
    from forked import run

    try:
        done = run([__file__], folder, 60)
    except TimeoutExpired:
        return "it takes more than 60 s"
    lines = (done.stderr or done.stdout).strip().splitlines() or ["it ended without a word"]
    return None if done.returncode == 0 else lines[-1]


def main() -> None:
    sys.path.insert(0, str(Path.cwd()))
    import torch
    from torch.utils._python_dispatch import TorchDispatchMode

    StreamingAttention = import_module("solution").StreamingAttention
    torch.set_num_threads(1)
    torch.manual_seed(0)

    def rotate(x: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
        half = x.shape[-1] // 2
        angle = positions[:, None] * 10000.0 ** (-torch.arange(half) / half)
        a, b = x[..., :half], x[..., half:]
        return torch.cat([a * angle.cos() - b * angle.sin(), b * angle.cos() + a * angle.sin()], -1)

    def query_by_query(
        q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, sinks: int, window: int
    ) -> torch.Tensor:
        outs = []
        for t in range(q.shape[1]):
            seen = [j for j in range(t + 1) if j < sinks or j > t - window]
            positions = torch.arange(len(seen), dtype=q.dtype)
            keys, query = rotate(k[:, seen], positions), rotate(q[:, t : t + 1], positions[-1:])
            scores = (query @ keys.transpose(1, 2)) * q.shape[2] ** -0.5
            outs.append(scores.softmax(-1) @ v[:, seen])
        return torch.cat(outs, 1)

    for sinks, window in ((2, 5), (4, 3), (0, 4), (3, 1)):
        q, k, v = 2 * torch.randn(3, 2, 40, 8, dtype=torch.float64)
        wanted = query_by_query(q, k, v, sinks, window)
        for sizes in ([1] * 40, [40], [7, 13, 1, 1, 9, 9], [3, 2, 1, 4, 30], [6, 34]):
            attention, start, outs = StreamingAttention(sinks, window), 0, []
            for size in sizes:
                now = slice(start, start + size)
                outs.append(attention(q[:, now], k[:, now], v[:, now]))
                start += size
            apart = (torch.cat(outs, 1) - wanted).abs().amax((0, 2))
            first = int((apart > 1e-6).int().argmax())
            assert apart.max() < 1e-6, (
                f"sinks {sinks}, window {window}, calls of {sizes[:3]}...: wrong from token {first}"
            )

    class Sizes(TorchDispatchMode):  # type: ignore[no-untyped-call]
        most = 0

        def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
            out = func(*args, **(kwargs or {}))
            if isinstance(out, torch.Tensor):
                self.most = max(self.most, out.untyped_storage().nbytes() // out.element_size())
            return out

    attention = StreamingAttention(4, 64)
    q, k, v = torch.randn(3, 2, 4000, 16)
    with Sizes() as sizes_seen:  # type: ignore[no-untyped-call]
        attention(q, k, v)
    assert sizes_seen.most < 4000 * 4000, (
        f"a tensor of {sizes_seen.most:,} elements for 4,000 tokens"
    )

    def kept(value: object, seen: set[int]) -> int:
        """Elements of the storages that an object holds."""
        if isinstance(value, torch.Tensor):
            storage = value.untyped_storage()
            if storage.data_ptr() in seen:
                return 0
            seen.add(storage.data_ptr())
            return storage.nbytes() // 4
        if isinstance(value, dict):
            return sum(kept(v, seen) for v in value.values())
        if isinstance(value, (list, tuple)):
            return sum(kept(v, seen) for v in value)
        return 0

    held = kept(vars(attention), set())
    room = 68 * 2 * 16 * 2
    assert held <= 2 * room, f"after 4,000 tokens the cache holds {held:,} numbers, not {room:,}"


if __name__ == "__main__":
    main()
