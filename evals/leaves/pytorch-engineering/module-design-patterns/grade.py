"""A rotary module gives the angles of double precision, however its model was built and cast."""

from __future__ import annotations

import sys
from pathlib import Path
from subprocess import TimeoutExpired
from typing import Any


def grade(folder: Path) -> str | None:
    """None where the module holds, else what does not."""
    from forked import run

    try:
        ran = run([__file__], folder, 60)
    except TimeoutExpired:
        return "took more than 60 s"
    if ran.returncode == 0 and ran.stdout.endswith("held\n"):
        return None
    return (ran.stderr.strip().splitlines() or ["ended without a word"])[-1]


def reference(x: Any, positions: Any, base: float) -> Any:
    """The rotation in double precision, pair by pair."""
    import torch

    half = x.shape[-1] // 2
    turned = torch.empty(x.shape, dtype=torch.float64)
    for i in range(half):
        angle = positions.double()[:, None] * base ** (-2 * i / x.shape[-1])
        first, second = x[..., i].double(), x[..., i + half].double()
        turned[..., i] = first * angle.cos() - second * angle.sin()
        turned[..., i + half] = second * angle.cos() + first * angle.sin()
    return turned


def check() -> None:
    """Raise on the first thing that does not hold."""
    import copy

    import torch

    sys.path.insert(0, str(Path.cwd()))
    from solution import Rotary

    torch.set_num_threads(1)
    torch.manual_seed(0)
    positions = torch.stack((torch.arange(40), torch.arange(29_960, 30_000)))

    def hold(rotary: Any, x: Any, size: float, case: str, base: float = 10_000.0) -> None:
        before = x.clone()
        out = rotary(x, positions)
        assert torch.equal(x, before), f"{case}: x was changed"
        assert out.dtype == x.dtype, f"{case}: dtype {out.dtype}"
        off = (out.double() - reference(x, positions, base)).abs().max().item()
        assert off < size, f"{case}: off by {off:.2g} where {size:g} is due to the dtype"

    class Model(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.proj = torch.nn.Linear(32, 32)
            self.rotary = Rotary(32)

    checkpoint = torch.nn.Linear(32, 32).state_dict(prefix="proj.")
    x = torch.randn(2, 3, 40, 32).clamp(-3, 3)
    hold(Rotary(32), x, 0.03, "plain")
    hold(Rotary(16, base=500.0), x[..., :16], 0.03, "other base", 500.0)
    Model().load_state_dict(checkpoint, strict=True)
    hold(Model().to(torch.bfloat16).rotary, x.bfloat16(), 0.05, "cast to bfloat16")
    hold(copy.deepcopy(Model()).to(torch.bfloat16).float().rotary, x, 0.03, "cast and back")
    with torch.autocast("cpu", torch.bfloat16):
        hold(Model().rotary, x, 0.03, "under autocast")
    torch.use_deterministic_algorithms(True)  # new memory holds NaN, not what chance left there
    with torch.device("meta"):
        model = Model()
    model.to_empty(device="cpu")
    model.load_state_dict(checkpoint, strict=True)
    hold(model.rotary, x, 0.03, "built on meta")
    hold(model.to(torch.bfloat16).rotary, x.bfloat16(), 0.05, "built on meta, cast")


if __name__ == "__main__":
    check()
    print("held")
