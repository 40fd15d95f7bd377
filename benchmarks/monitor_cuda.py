"""What the Monitor costs on a CUDA GPU: a GPT of 124M, bf16, compiled, with and without it.

Usage: monitor_cuda.py [--batch 12 --batch 4] [--device cpu --model gpt --plain] [--json] (make
bench-gpu). Each way trains in a process of its own; blocks of steps go round the ways in turn, and
a block ends when the device is done. A batch is so many sequences of 1,024 tokens, without
accumulation: 12 is nanoGPT's own for this model; at 4 an H100 waits for the host, which is where a
Monitor on the host costs most. What waits for the device is counted by the profiler, beyond what
the bare step waits.
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
from turns import Process, at_once, in_turn  # noqa: E402
from watched_models import training  # noqa: E402

BLOCK, WARM_UP = 10, 10
BATCHES = (12, 4)  # of 16, five ways do not fit into 80 GB side by side
# What the host calls to wait for the device, and torch's operator that reads a number from it.
WAITS = ("cudaStreamSynchronize", "cudaDeviceSynchronize", "cudaEventSynchronize", "cudaMemcpy",
         "aten::_local_scalar_dense")  # fmt: skip
MOST = {"Monitor": 0.01, "Monitor(every=1)": 0.015}  # share of a step
WAYS = ("bare", "get_total_norm", "clip_grad_norm_", *MOST)


class Watched:
    """A training in bf16 with one way of watching."""

    def __init__(self, name: str, arguments: argparse.Namespace) -> None:
        (batch,) = arguments.batch
        made = training(arguments.model, arguments.device, batch)
        self.name, self.model, self.device = name, made.model, arguments.device
        self.batch: int = batch
        if not arguments.plain:
            made.model.compile()
        self.loss = made.loss
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(), lr=1e-4, fused=self.device != "cpu"
        )
        self.monitor: Any = None
        if name.startswith("Monitor"):
            from neural_trainer import Monitor

            every = 1 if "every=1" in name else 10
            self.monitor = Monitor("run", self.model, self.optimizer, every=every, judge=False)

    def step(self) -> None:
        """Take one step."""
        self.optimizer.zero_grad()
        with torch.autocast(self.device, torch.bfloat16):
            loss: Tensor = self.loss()
        loss.backward()  # type: ignore[no-untyped-call]
        if self.name == "get_total_norm":
            grads = [p.grad for p in self.model.parameters() if p.grad is not None]
            nn.utils.get_total_norm(grads)
        elif self.name == "clip_grad_norm_":
            nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        if self.monitor is not None:
            self.monitor.step(loss.detach(), samples=self.batch)

    def warm_up(self) -> dict[str, float]:
        """Take the first steps; return the peak of what torch holds on the device, bytes."""
        for _ in range(WARM_UP):
            self.step()
        self.wait()
        is_cuda = self.device == "cuda"
        return {"peak_bytes": torch.cuda.max_memory_allocated() if is_cuda else 0}

    def block(self) -> dict[str, float]:
        """Take BLOCK steps; return what one took, the device's work included, and the host's part.

        host_s: until the last step was asked for, which is less where the device has more to do.
        """
        self.wait()
        begun = time.perf_counter()
        for _ in range(BLOCK):
            self.step()
        asked = time.perf_counter()
        self.wait()
        ended = time.perf_counter()
        return {"step_s": (ended - begun) / BLOCK, "host_s": (asked - begun) / BLOCK}

    def waits(self) -> dict[str, float]:
        """Return how often BLOCK steps wait for the device."""
        activities = [torch.profiler.ProfilerActivity.CPU]
        if self.device == "cuda":
            activities.append(torch.profiler.ProfilerActivity.CUDA)
        with torch.profiler.profile(activities=activities, acc_events=True) as profile:
            for _ in range(BLOCK):
                self.step()
        return {"waits": sum(e.count for e in profile.key_averages() if e.key in WAITS)}

    def wait(self) -> None:
        """Wait until the device has done what it was asked for."""
        if self.device == "cuda":
            torch.cuda.synchronize()


def take_part(arguments: argparse.Namespace) -> int:
    """Do one way, as each line of stdin says: the name of a method of Watched."""
    told = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    torch.set_float32_matmul_precision("high")
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        way = Watched(arguments.way, arguments)
        doings: dict[str, Callable[[], dict[str, float]]] = {
            "warm_up": way.warm_up, "block": way.block, "waits": way.waits,
        }  # fmt: skip
        for line in sys.stdin:
            told.write(json.dumps(doings[line.strip()]()) + "\n")
            told.flush()
        os.chdir("/")
    return 0


def measure(words: list[str], rounds: int) -> dict[str, dict[str, float]]:
    """Return for each way its time a step, its waits in ten steps, and its peak of memory."""
    ways: list[Process] = []
    try:
        ways += [Process(name, __file__, words) for name in WAYS]
        held = {name: one["peak_bytes"] for name, one in at_once(ways, "warm_up").items()}
        blocks = in_turn(ways, rounds)
        waits = {way.name: way.go("waits")["waits"] for way in ways}
    finally:
        for way in ways:
            way.close()
    bare = [block["step_s"] for block in blocks["bare"]]
    return {
        name: {
            "ms": median(block["step_s"] for block in taken) * 1e3,
            "host_ms": median(block["host_s"] for block in taken) * 1e3,
            # Of each round on its own: the device's clock drifts.
            "beyond_bare": median(a["step_s"] / b - 1 for a, b in zip(taken, bare, strict=True)),
            "waits_in_10_steps": waits[name] - waits["bare"],
            "peak_bytes": held[name],
        }
        for name, taken in blocks.items()
    }


def report(table: dict[str, dict[str, float]]) -> None:
    """Print one table."""
    print(f"  {'way':<18} {'ms':>8} {'host ms':>8} {'% beyond bare':>14} {'waits/10':>9} "
          f"{'peak MB':>9}")  # fmt: skip
    for name, row in table.items():
        print(
            f"  {name:<18} {row['ms']:8.2f} {row['host_ms']:8.2f} {100 * row['beyond_bare']:14.2f} "
            f"{row['waits_in_10_steps']:9.0f} {row['peak_bytes'] / 1e6:9.0f}"
        )


def missed(table: dict[str, dict[str, float]]) -> list[str]:
    """Return which ways cost more than they may."""
    bare = table["bare"]["peak_bytes"]
    return [
        f"{name}: at most {100 * most:g} % of a step, no wait, 1 % of memory"
        for name, most in MOST.items()
        if table[name]["beyond_bare"] > most
        or table[name]["waits_in_10_steps"] > 0
        or table[name]["peak_bytes"] > 1.01 * bare
    ]


def main() -> int:
    """Measure, print, and return 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--model", default="gpt-124m")
    parser.add_argument("--batch", type=int, action="append", help="sequences; several are tables")
    parser.add_argument("--plain", action="store_true", help="without torch.compile")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--way", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.way:
        return take_part(arguments)
    if arguments.device == "cuda" and not torch.cuda.is_available():
        print("monitor_cuda.py: torch sees no CUDA device here; nothing was measured",
              file=sys.stderr)  # fmt: skip
        return 1
    where = torch.cuda.get_device_name() if arguments.device == "cuda" else platform.processor()
    words = ["--device", arguments.device, "--model", arguments.model]
    words += ["--plain"] if arguments.plain else []
    tables, is_missed = {}, False
    for batch in arguments.batch or BATCHES:
        table = measure([*words, "--batch", str(batch)], arguments.rounds)
        tables[str(batch)] = table
        failures = missed(table)
        is_missed = is_missed or bool(failures)
        if not arguments.json:
            print(f"{arguments.model}, {batch} sequences a batch, on {where}, torch "
                  f"{torch.__version__}, {time.strftime('%F')}")  # fmt: skip
            report(table)
            for failure in failures:
                print(f"  MISSED {failure}", flush=True)
    if arguments.json:
        told = {"schema": "neural-trainer/bench-gpu/2", "device": where, "torch": torch.__version__}
        print(json.dumps({**told, "batches": tables}, indent=2))
    return int(is_missed)


if __name__ == "__main__":
    raise SystemExit(main())
