"""A KV cache in 4 bits: what it holds, and how far its attention lies from the exact one."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from subprocess import TimeoutExpired


def grade(folder: Path) -> str | None:
    """None where the cache passes, else the first thing that is wrong."""
    from forked import run

    try:
        done = run([__file__], folder, 60)
    except TimeoutExpired:
        return "it takes more than 60 s"
    lines = (done.stderr or done.stdout).strip().splitlines() or ["it ended without a word"]
    return None if done.returncode == 0 else lines[-1]


def main() -> None:
    sys.path.insert(0, str(Path.cwd()))
    import numpy as np
    import torch

    KVCache = import_module("solution").KVCache
    torch.set_num_threads(1)
    with np.load(Path(__file__).parent / "files" / "captured.npz") as captured:
        q, k, v = (torch.from_numpy(captured[name]) for name in "qkv")
    order = torch.Generator().manual_seed(1)  # the same tokens come at other times
    k, v = (x[:, torch.randperm(768, generator=order)] for x in (k, v))
    q = q[:, torch.randperm(768, generator=order)]

    def held(value: object, seen: set[int]) -> int:
        """Bytes of all arrays that an object holds, each storage once."""
        if isinstance(value, torch.Tensor):
            storage = value.untyped_storage()
            size, where = storage.nbytes(), storage.data_ptr()
        elif isinstance(value, np.ndarray):
            size, where = value.nbytes, value.ctypes.data
        elif isinstance(value, (bytes, bytearray)):
            size, where = len(value), id(value)
        elif isinstance(value, dict):
            return sum(held(v, seen) for v in value.values())
        elif isinstance(value, (list, tuple, set)):
            return sum(held(v, seen) for v in value)
        elif hasattr(value, "__dict__"):
            return held(vars(value), seen)
        else:
            return 0
        if where in seen:
            return 0
        seen.add(where)
        return size

    def exact(t: int) -> torch.Tensor:
        scores = torch.einsum("hd,htd->ht", q[:, t].double(), k[:, : t + 1].double()) / 8
        return torch.einsum("ht,htd->hd", scores.softmax(-1), v[:, : t + 1].double())

    for prefill in (0, 300):
        cache = KVCache(2, 64)
        if prefill:
            cache.append(k[:, :prefill], v[:, :prefill])
        wrong = size = 0.0
        for t in range(prefill, 768):
            cache.append(k[:, t : t + 1], v[:, t : t + 1])
            if t in (0, 1, 5, 511) or t >= 512:
                out = cache.attend(q[:, t]).double()
                assert out.isfinite().all(), f"token {t}: not finite"
                if t >= 512:
                    wrong += float((out - exact(t)).square().sum())
                    size += float(exact(t).square().sum())
        bits = 8 * held(cache, set()) / (2 * 2 * 768 * 64)
        assert bits <= 5.5, f"prefill {prefill}: it holds {bits:.2f} bits per number"
        error = (wrong / size) ** 0.5
        assert error < 0.15, f"prefill {prefill}: relative error {error:.3f}"


if __name__ == "__main__":
    main()
