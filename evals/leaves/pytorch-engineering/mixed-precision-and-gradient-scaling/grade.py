"""Windows of a stepper update as a plain loop does; one that overflows changes nothing."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from subprocess import TimeoutExpired
from typing import Any


def grade(folder: Path) -> str | None:
    """None where the class holds, else what does not."""
    from forked import run

    try:
        ran = run([__file__], folder, 60)
    except TimeoutExpired:
        return "took more than 60 s"
    if ran.returncode == 0 and ran.stdout.endswith("held\n"):
        return None
    return (ran.stderr.strip().splitlines() or ["ended without a word"])[-1]


def check() -> None:
    """Raise on the first thing that does not hold."""
    import warnings

    import torch
    from torch import nn

    sys.path.insert(0, str(Path.cwd()))
    from solution import Stepper

    torch.set_num_threads(1)
    warnings.simplefilter("error")

    def parts(momentum: float = 0.9) -> tuple[Any, Any, Any]:
        torch.manual_seed(0)
        model = nn.Linear(5, 1)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.5, momentum=momentum)
        return model, optimizer, torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)

    def loss_of(model: Any, x: Any, factor: float = 1.0) -> Any:
        return (model(x) - 1).square().mean() * factor

    for enabled in (True, False):
        name = "fp16" if enabled else "bf16"
        source = torch.Generator().manual_seed(1)
        model, optimizer, scheduler = parts()
        twin, twin_optimizer, twin_scheduler = parts()
        scaler = torch.amp.GradScaler("cpu", init_scale=1024.0, growth_interval=3, enabled=enabled)
        stepper = Stepper(model, optimizer, scheduler, scaler, 3, 0.4)
        expected_scale, clean = 1024.0, 0
        # (micro-batches, whether one of them overflows, whether the window is closed by last)
        windows = [(3, 0, 0), (1, 0, 1), (2, 0, 1), (3, 1, 0), (3, 0, 0), (2, 1, 1), (1, 0, 1),
                   (3, 0, 1), (3, 0, 0)]  # fmt: skip
        for number, (size, overflows, closed) in enumerate(windows):
            batches = [torch.randn(4, 5, generator=source) for _ in range(size)]
            said: list[Any] = []
            for place, x in enumerate(batches):
                factor = math.inf if overflows and place == 0 else 1.0
                loss = loss_of(model, x, factor)
                last = bool(closed) and place == size - 1
                said.append(stepper.add(loss, last=last) if last else stepper.add(loss))
            case = f"{name}, window {number} of {size}"
            assert said[:-1] == [None] * (size - 1), f"{case}: inside it {said[:-1]}"
            assert isinstance(said[-1], float), f"{case}: at its end {said[-1]!r}"
            if overflows:
                assert math.isnan(said[-1]), f"{case}: not finite, and yet {said[-1]}"
                expected_scale, clean = expected_scale / 2, 0
            else:
                twin_optimizer.zero_grad()
                torch.stack([loss_of(twin, x) for x in batches]).mean().backward()  # type: ignore[no-untyped-call]
                norm = nn.utils.clip_grad_norm_(twin.parameters(), 0.4).item()
                twin_optimizer.step()
                twin_scheduler.step()
                close = math.isclose(said[-1], norm, rel_tol=1e-4)
                assert close, f"{case}: norm {said[-1]:.5g}, is {norm:.5g}"
                clean += 1
                if clean == 3:
                    expected_scale, clean = expected_scale * 2, 0
            rates = scheduler.get_last_lr(), twin_scheduler.get_last_lr()
            assert rates[0] == rates[1], f"{case}: learning rate {rates[0]}, is {rates[1]}"
            for one, two in zip(model.parameters(), twin.parameters(), strict=True):
                off = (one - two).abs().max().item()
                assert off < 1e-5, f"{case}: weights off by {off:.2g}"
            if enabled:
                scale = scaler.get_scale()
                assert scale == expected_scale, f"{case}: scale {scale}, is {expected_scale}"


if __name__ == "__main__":
    check()
    print("held")
