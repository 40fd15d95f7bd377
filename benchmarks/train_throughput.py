"""Tokens a second of the reference trainer, beside a bare loop and transformers' Trainer.

Usage: train_throughput.py [--model char-gpt] [--device cuda] [--processes N] [--rounds N] [--json].
Each way trains in a process of its own: the same weights, batches, optimizer, clipping; a thread on
a CPU. Blocks of ten steps go round the ways in turn while the others wait, so that a busy machine
is busy for all. Processes that do the same differ, by where their memory lies, so all of it is done
N times with fresh ones. A ratio is of the sums of the time in one set of processes, in which a
seldom and long judgement weighs as much as it takes; what counts is the median of the sets. A
second bare loop shows how far chance goes. On a CPU the processor's time of a way counts, which is
the clock's on a machine that does nothing else; on a CUDA device the clock's, in bf16 and compiled,
with the share of the device's peak (MFU). (make bench-train, make bench-gpu)
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

from turns import Process, at_once, in_turn

BLOCK, WARM_UP = 10, 2  # steps; blocks that are left out
LEAST = 0.98  # of the bare loop
BARE, OURS = "bare loop", "neural-trainer train"
ALIKE = 0.01  # of the way that the weights have gone, by which two ways may differ in the end
# The models of a device: processes of each way, and blocks of each process.
MODELS = {"cpu": {"char-gpt": (5, 30), "gpt-11m": (3, 6)}, "cuda": {"gpt-124m": (1, 30)}}
ON_A_CPU = ("bare loop, again", "bare loop, heap kept")  # ways that tell nothing of a device
SCHEMA = "neural-trainer/bench-train/2"

Set = dict[str, dict[str, Any]]
"""What one process of each way took, by the way's name."""


def measure(names: list[str], words: list[str], rounds: int) -> Set:
    """Return of a process of each way what its blocks took, and how far its weights have moved."""
    ways: list[Process] = []
    try:
        ways += [Process(name, __file__, words) for name in names]
        for _ in range(WARM_UP):
            at_once(ways, "block")
        blocks = in_turn(ways, rounds)
        moved = {way.name: way.go("end")["moved"] for way in ways}
    finally:
        for way in ways:
            way.close()
    return {
        name: {
            "wall_s": [block["wall_s"] for block in taken],
            "processor_s": [block["processor_s"] for block in taken],
            "faults": [block["faults"] for block in taken],
            "moved": moved[name],
        }
        for name, taken in blocks.items()
    }


def ratio(sets: list[Set], name: str, clock: str) -> dict[str, float]:
    """Return how fast a way was, as a share of the bare loop: the median of the sets, and all."""
    each = [sum(one[BARE][clock]) / sum(one[name][clock]) for one in sets]
    return {"median": median(each), "low": min(each), "high": max(each)}


def summary(
    sets: list[Set], clock: str, tokens: int, flops: float, peak: float | None
) -> dict[str, dict[str, Any]]:
    """Return tokens/s of each way, its ratio to the bare loop, and its share of the peak.

    clock: wall_s or processor_s, by which the rates go.
    """
    table = {}
    for name in sets[0]:
        rows = [one[name] for one in sets]
        rate = BLOCK * tokens / median(median(row[clock]) for row in rows)
        faults = median(sum(row["faults"]) / len(row["faults"]) for row in rows)  # of a block
        table[name] = {
            "tokens_a_s": rate,
            "of_bare": ratio(sets, name, clock),
            "wall_of_bare": ratio(sets, name, "wall_s")["median"],
            "faults_a_step": faults / BLOCK,
            "mfu": None if peak is None else rate * flops / peak,
            "moved": [row["moved"] for row in rows],
        }
    return table


def problems(table: dict[str, dict[str, Any]]) -> list[str]:
    """Return which ways did not do the work that the bare loop did."""
    return [
        f"{name} moved its weights by {moved:g}, the bare loop by {expected:g}"
        for name, row in table.items()
        for moved, expected in zip(row["moved"], table[BARE]["moved"], strict=True)
        if not abs(moved / expected - 1) <= ALIKE
    ]


def report(kind: str, table: dict[str, dict[str, Any]]) -> None:
    """Print the table of one model, and whether the target is reached."""
    with_mfu = any(row["mfu"] is not None for row in table.values())
    print(f"\n{kind:<32}{'tokens/s':>8}  of bare, lowest to highest  by the clock  faults a step"
          f"{'     MFU' if with_mfu else ''}")  # fmt: skip
    for name, row in table.items():
        own = row["of_bare"]
        mfu = f"  {row['mfu']:6.1%}" if row["mfu"] is not None else ""
        print(f"  {name:<30}{row['tokens_a_s']:>8,.0f}  {own['median']:.3f} ({own['low']:.3f} to "
              f"{own['high']:.3f})        {row['wall_of_bare']:.3f}  {row['faults_a_step']:>13,.0f}"
              f"{mfu}", flush=True)  # fmt: skip
    verdict, share = "reached" if is_reached(table) else "MISSED ", table[OURS]["of_bare"]["median"]
    print(f"  {verdict} {OURS} {share:.3f} of the bare loop (at least {LEAST:g})")


def is_reached(table: dict[str, dict[str, Any]]) -> bool:
    """Return whether the reference trainer is as fast as it must be."""
    return bool(table[OURS]["of_bare"]["median"] >= LEAST)


def take_part(arguments: argparse.Namespace) -> int:
    """Train one way, a block at each line of stdin."""
    from resource import RUSAGE_SELF, getrusage

    import torch
    import trained_ways

    told = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what a trainer prints
    begun: list[float] = []
    start: list[torch.Tensor] = []

    def say(**values: float) -> None:
        told.write(json.dumps(values) + "\n")
        told.flush()

    def now() -> tuple[float, float, int]:
        return time.perf_counter(), time.process_time(), getrusage(RUSAGE_SELF).ru_minflt

    def turn(model: torch.nn.Module) -> None:
        if arguments.device == "cuda":
            torch.cuda.synchronize()
        if begun:
            wall_s, processor_s, faults = now()
            say(wall_s=wall_s - begun[0], processor_s=processor_s - begun[1],
                faults=faults - begun[2])  # fmt: skip
        if not begun:
            start.extend(p.detach().clone() for p in model.parameters())
        if sys.stdin.readline().strip() != "block":
            weights = [p.detach() for p in model.parameters()]
            parts = [(a - b).norm() for a, b in zip(weights, start, strict=True)]
            say(moved=float(torch.stack(parts).norm()))
            os._exit(0)  # from the middle of a loop that has no end
        begun[:] = now()

    precision = "bf16" if arguments.device == "cuda" else "fp32"
    task = trained_ways.Task(
        arguments.model, arguments.device, precision,
        arguments.device == "cuda" and not arguments.plain, threads=1,
    )  # fmt: skip
    trained_ways.run(task, arguments.way, BLOCK, turn)
    return 1


def work(kind: str) -> tuple[int, float]:
    """Return the tokens of a batch of this model, and the FLOPs of a token."""
    import trained_ways
    from peak_flops import flops_a_token
    from torch import nn

    own = trained_ways.SIZES[kind]
    model = trained_ways.made_model(trained_ways.Task(kind, "cpu", "fp32", False, 1))
    matrices = sum(m.weight.numel() for m in model.modules() if isinstance(m, nn.Linear))
    return own.tokens, flops_a_token(matrices, own.depth, own.width, own.length)


def ways_here(device: str) -> list[str]:
    """Return the ways that can be taken in this environment; name those that cannot."""
    import trained_ways

    names = [name for name in trained_ways.WAYS if device == "cpu" or name not in ON_A_CPU]
    lacking = [name for name in ("transformers", "accelerate") if find_spec(name) is None]
    if lacking:
        print(f"transformers' Trainer is left out: no {' and no '.join(lacking)} here")
        names = [name for name in names if not name.startswith("transformers")]
    return names


def main() -> int:
    """Measure, print, and return 1 where the target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", help="one model alone")
    parser.add_argument("--device", choices=tuple(MODELS), default="cpu")
    parser.add_argument("--plain", action="store_true", help="on CUDA, without torch.compile")
    parser.add_argument("--processes", type=int, help="of each way, one after the other")
    parser.add_argument("--rounds", type=int, help="blocks of each process")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--way", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.way:
        return take_part(arguments)
    import torch
    from peak_flops import peak_flops

    if arguments.device == "cuda" and not torch.cuda.is_available():
        print("train_throughput.py: torch sees no CUDA device here; nothing was measured",
              file=sys.stderr)  # fmt: skip
        return 1
    where = torch.cuda.get_device_name() if arguments.device == "cuda" else "CPU, one thread"
    peak = peak_flops(where)
    names, told, failed = ways_here(arguments.device), {}, False
    print(f"{where}, torch {torch.__version__}, {time.strftime('%F')}; blocks of {BLOCK} steps")
    if arguments.device == "cuda" and peak is None:
        print(f"no MFU: the peak of {where} is not in {Path(__file__).parent / 'peak_flops.py'}")
    models = MODELS[arguments.device]
    for kind in (arguments.model,) if arguments.model else models:
        processes, rounds = models.get(kind, (5, 30))
        processes, rounds = arguments.processes or processes, arguments.rounds or rounds
        words = ["--model", kind, "--device", arguments.device]
        words += ["--plain"] if arguments.plain else []
        clock = "wall_s" if arguments.device == "cuda" else "processor_s"
        sets = [measure(names, words, rounds) for _ in range(processes)]
        table = summary(sets, clock, *work(kind), peak)
        told[kind] = table
        if not arguments.json:
            report(f"{kind}, {processes} x {rounds} blocks", table)
        for problem in problems(table):
            print(f"  MISSED  {problem}")
        failed = failed or bool(problems(table)) or not is_reached(table)
    if arguments.json:
        print(json.dumps({"schema": SCHEMA, "device": where, "models": told}, indent=2))
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
