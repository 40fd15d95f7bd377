"""Tokens a second of the reference trainer, beside a bare loop and transformers' Trainer.

Usage: train_throughput.py [--model char-gpt] [--device cuda] [--rounds N] [--json]. Each way
trains in a process of its own: the same weights, batches, optimizer, clipping; a thread on a CPU.
Blocks of ten steps go round the ways in turn while the others wait, so that a busy machine is busy
for all; a block's rate is compared with the bare loop's of the same round. On a CPU the processor's
time of a way counts, which is the clock's on a machine that does nothing else; on a CUDA device the
clock's, in bf16 and compiled, with the share of the device's peak (MFU). `in all` is of the sums of
the time, in which a seldom and long judgement weighs as much as it takes. (make bench-train,
make bench-gpu)
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
# The models of a device, and in how many rounds their times settle.
MODELS = {"cpu": {"char-gpt": 40, "gpt-11m": 12}, "cuda": {"gpt-124m": 30}}


def measure(names: list[str], words: list[str], rounds: int) -> dict[str, dict[str, Any]]:
    """Return of each way the seconds of its blocks, and how far its weights have moved."""
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
            "moved": moved[name],
        }
        for name, taken in blocks.items()
    }


def ratios(own: list[float], bare: list[float]) -> dict[str, float]:
    """Return how fast `own` was, as a share of `bare`, at parts of the rounds, and in all."""
    each = sorted(b / a for a, b in zip(own, bare, strict=True))
    tenth = len(each) // 10
    return {"median": median(each), "low": each[tenth], "high": each[-1 - tenth],
            "in_all": sum(bare) / sum(own)}  # fmt: skip


def summary(
    measured: dict[str, dict[str, Any]], clock: str, tokens: int, flops: float, peak: float | None
) -> dict[str, dict[str, Any]]:
    """Return tokens/s of each way, its ratio to the bare loop, and its share of the peak.

    clock: wall_s or processor_s, by which the rates go.
    """
    bare, table = measured[BARE], {}
    for name, row in measured.items():
        rate = BLOCK * tokens / median(row[clock])
        table[name] = {
            "tokens_a_s": rate,
            "of_bare": ratios(row[clock], bare[clock]),
            "wall_of_bare": ratios(row["wall_s"], bare["wall_s"])["median"],
            "mfu": None if peak is None else rate * flops / peak,
            "moved": row["moved"],
        }
    return table


def problems(table: dict[str, dict[str, Any]]) -> list[str]:
    """Return which ways did not do the work that the bare loop did."""
    expected = table[BARE]["moved"]
    return [
        f"{name} moved its weights by {row['moved']:g}, the bare loop by {expected:g}"
        for name, row in table.items()
        if not abs(row["moved"] / expected - 1) <= ALIKE
    ]


def report(kind: str, table: dict[str, dict[str, Any]]) -> None:
    """Print the table of one model, and whether the target is reached."""
    with_mfu = any(row["mfu"] is not None for row in table.values())
    print(f"\n{kind:<32}{'tokens/s':>8}  of bare, 10 to 90 %     in all  by the clock"
          f"{'     MFU' if with_mfu else ''}")  # fmt: skip
    for name, row in table.items():
        own = row["of_bare"]
        mfu = f"  {row['mfu']:6.1%}" if row["mfu"] is not None else ""
        print(f"  {name:<30}{row['tokens_a_s']:>8,.0f}  {own['median']:.3f} ({own['low']:.3f} to "
              f"{own['high']:.3f})  {own['in_all']:.3f}         {row['wall_of_bare']:.3f}{mfu}",
              flush=True)  # fmt: skip
    verdict, share = "reached" if is_reached(table) else "MISSED ", table[OURS]["of_bare"]["median"]
    print(f"  {verdict} {OURS} {share:.3f} of the bare loop (at least {LEAST:g})")


def is_reached(table: dict[str, dict[str, Any]]) -> bool:
    """Return whether the reference trainer is as fast as it must be."""
    return bool(table[OURS]["of_bare"]["median"] >= LEAST)


def take_part(arguments: argparse.Namespace) -> int:
    """Train one way, a block at each line of stdin."""
    import torch
    import trained_ways

    told = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what a trainer prints
    begun: list[float] = []
    start: list[torch.Tensor] = []

    def say(**values: float) -> None:
        told.write(json.dumps(values) + "\n")
        told.flush()

    def turn(model: torch.nn.Module) -> None:
        if arguments.device == "cuda":
            torch.cuda.synchronize()
        if begun:
            wall_s, processor_s = time.perf_counter(), time.process_time()
            say(wall_s=wall_s - begun[0], processor_s=processor_s - begun[1])
        if not begun:
            start.extend(p.detach().clone() for p in model.parameters())
        if sys.stdin.readline().strip() != "block":
            weights = [p.detach() for p in model.parameters()]
            parts = [(a - b).norm() for a, b in zip(weights, start, strict=True)]
            say(moved=float(torch.stack(parts).norm()))
            os._exit(0)  # from the middle of a loop that has no end
        begun[:] = time.perf_counter(), time.process_time()

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


def ways_here() -> list[str]:
    """Return the ways that can be taken in this environment; name those that cannot."""
    import trained_ways

    names = list(trained_ways.WAYS)
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
    parser.add_argument("--rounds", type=int, help="blocks of each way")
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
    names, told, failed = ways_here(), {}, False
    print(f"{where}, torch {torch.__version__}, {time.strftime('%F')}; medians of blocks of "
          f"{BLOCK} steps")  # fmt: skip
    if arguments.device == "cuda" and peak is None:
        print(f"no MFU: the peak of {where} is not in {Path(__file__).parent / 'peak_flops.py'}")
    models = MODELS[arguments.device]
    for kind in (arguments.model,) if arguments.model else models:
        rounds = arguments.rounds or models.get(kind, 40)
        words = ["--model", kind, "--device", arguments.device]
        words += ["--plain"] if arguments.plain else []
        clock = "wall_s" if arguments.device == "cuda" else "processor_s"
        table = summary(measure(names, words, rounds), clock, *work(kind), peak)
        told[kind] = table
        if not arguments.json:
            report(kind, table)
        for problem in problems(table):
            print(f"  MISSED  {problem}")
        failed = failed or bool(problems(table)) or not is_reached(table)
    if arguments.json:
        print(json.dumps({"schema": "neural-trainer/bench-train/1", "device": where,
                          "models": told}, indent=2))  # fmt: skip
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
