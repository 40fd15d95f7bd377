"""What the Monitor costs on a CUDA GPU: a GPT of 124M, bf16, compiled, with and without it.

Usage: monitor_cuda.py [--device cpu --model gpt --plain] [--json] (make bench-gpu). Blocks of steps
go round the ways in turn, each with a model of its own; a block ends when the device is done. What
waits for the device is counted by the profiler, beyond what the bare step waits.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

import torch  # noqa: E402
from torch import Tensor, nn  # noqa: E402
from watched_models import training  # noqa: E402

BLOCK, WARM_UP = 10, 10
# What the host calls to wait for the device, and torch's operator that reads a number from it.
WAITS = ("cudaStreamSynchronize", "cudaDeviceSynchronize", "cudaEventSynchronize", "cudaMemcpy",
         "aten::_local_scalar_dense")  # fmt: skip
MOST = {"Monitor": 0.01, "Monitor(every=1)": 0.015}  # share of a step


class Watched:
    """A training in bf16 with one way of watching."""

    def __init__(self, name: str, kind: str, device: str, compiled: bool, folder: Path) -> None:
        made = training(kind, device)
        self.name, self.model, self.device = name, made.model, device
        if compiled:
            made.model.compile()
        self.loss = made.loss
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=1e-4, fused=device != "cpu")
        self.monitor: Any = None
        if name.startswith("Monitor"):
            from neural_trainer import Monitor

            os.chdir(folder)
            every = 1 if "every=1" in name else 10
            run = folder / name
            self.monitor = Monitor(run, self.model, self.optimizer, every=every, judge=False)
        self.blocks_s: list[float] = []

    def step(self) -> Tensor:
        """Take one step."""
        self.optimizer.zero_grad()
        with torch.autocast(self.device, torch.bfloat16):
            loss = self.loss()
        loss.backward()  # type: ignore[no-untyped-call]
        if self.name == "get_total_norm":
            grads = [p.grad for p in self.model.parameters() if p.grad is not None]
            nn.utils.get_total_norm(grads)
        elif self.name == "clip_grad_norm_":
            nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        if self.monitor is not None:
            self.monitor.step(loss.detach(), samples=4)
        return loss.detach()

    def block(self) -> None:
        """Take BLOCK steps and keep how long one took, the device's work included."""
        wait: Callable[[], Any] = torch.cuda.synchronize if self.device == "cuda" else int
        wait()
        begun = time.perf_counter()
        for _ in range(BLOCK):
            self.step()
        wait()
        self.blocks_s.append((time.perf_counter() - begun) / BLOCK)

    def waits(self) -> int:
        """Return how often BLOCK steps wait for the device."""
        activities = [torch.profiler.ProfilerActivity.CPU]
        if self.device == "cuda":
            activities.append(torch.profiler.ProfilerActivity.CUDA)
        with torch.profiler.profile(activities=activities) as profile:
            for _ in range(BLOCK):
                self.step()
        return sum(event.count for event in profile.key_averages() if event.key in WAITS)


def peak_bytes(device: str, act: Callable[[], object]) -> int:
    """Return the peak of what torch holds on the device while `act` runs."""
    if device != "cuda":
        return 0
    torch.cuda.reset_peak_memory_stats()
    act()
    torch.cuda.synchronize()
    return int(torch.cuda.max_memory_allocated())


def measure(kind: str, device: str, compiled: bool, rounds: int) -> dict[str, dict[str, float]]:
    """Return for each way its time a step, its waits in ten steps, and its peak of memory."""
    names = ("bare", "get_total_norm", "clip_grad_norm_", "Monitor", "Monitor(every=1)")
    with tempfile.TemporaryDirectory() as folder:
        ways, held = [], {}
        for name in names:
            before = torch.cuda.memory_allocated() if device == "cuda" else 0
            way = Watched(name, kind, device, compiled, Path(folder))
            peak = peak_bytes(device, lambda way=way: [way.step() for _ in range(WARM_UP)])  # type: ignore[misc]
            if device != "cuda":
                for _ in range(2):
                    way.step()
            held[name] = peak - before
            ways.append(way)
        for _ in range(rounds):
            for way in ways:
                way.block()
        waits = {way.name: way.waits() for way in ways}
        for way in ways:
            if way.monitor is not None:
                way.monitor.close()
        os.chdir("/")
    bare = ways[0].blocks_s
    return {
        way.name: {
            "ms": median(way.blocks_s) * 1e3,
            # Of each round on its own: the device's clock drifts.
            "beyond_bare": median(a / b - 1 for a, b in zip(way.blocks_s, bare, strict=True)),
            "waits_in_10_steps": waits[way.name] - waits["bare"],
            "peak_bytes": held[way.name],
        }
        for way in ways
    }


def main() -> int:
    """Measure, print, and return 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--model", default="gpt-124m")
    parser.add_argument("--plain", action="store_true", help="without torch.compile")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if arguments.device == "cuda" and not torch.cuda.is_available():
        print("monitor_cuda.py: torch sees no CUDA device here; nothing was measured",
              file=sys.stderr)  # fmt: skip
        return 1
    torch.set_float32_matmul_precision("high")
    table = measure(arguments.model, arguments.device, not arguments.plain, arguments.rounds)
    where = torch.cuda.get_device_name() if arguments.device == "cuda" else platform.processor()
    if arguments.json:
        told = {"schema": "neural-trainer/bench-gpu/1", "device": where, "torch": torch.__version__}
        print(json.dumps({**told, "ways": table}, indent=2))
    else:
        print(f"{arguments.model} on {where}, torch {torch.__version__}, {time.strftime('%F')}")
        print(f"  {'way':<18} {'ms':>8} {'% beyond bare':>14} {'waits/10':>9} {'peak MB':>9}")
        for name, row in table.items():
            print(
                f"  {name:<18} {row['ms']:8.2f} {100 * row['beyond_bare']:14.2f} "
                f"{row['waits_in_10_steps']:9.0f} {row['peak_bytes'] / 1e6:9.0f}"
            )
    missed = [n for n, most in MOST.items() if table[n]["beyond_bare"] > most]
    missed += [n for n in MOST if table[n]["waits_in_10_steps"] > 0]
    missed += [n for n in MOST if table[n]["peak_bytes"] > 1.01 * table["bare"]["peak_bytes"]]
    for name in missed:
        print(f"  MISSED {name}: at most {100 * MOST[name]:g} %, no wait, 1 % of memory")
    return int(bool(missed))


if __name__ == "__main__":
    raise SystemExit(main())
