"""What watching a training step costs, ours and others', as a share of the bare step.

Usage: monitor_overhead.py [--quick] [--model gpt] [--json]. Each way watches a copy of the model
of its own; blocks of ten steps go round all of them in turn, so that a busy machine is busy for
all. Those that are not at it rest: each Monitor would be told of all losses and steps. Times are
the processor's for the training's one thread; the median of all blocks counts. Peak memory is that
of a process that trains with one way alone, the median of five in turn. In .peers-training (make
bench-monitor).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import mean, median

import torch
from watched_models import Training, training
from watching_ways import CLOCK, WAYS, OursClipping, Way

MODELS = ("gpt", "resnet")
PEAKS_OF = ("bare", "Monitor", "Monitor(every=1)", "Monitor, judging")
NUM_PEAKS = 5
BLOCK = 10  # steps: one complete set of the Monitor's


class Watched:
    """A training with one way of watching, stepped in blocks."""

    def __init__(self, way: type[Way], made: Training, folder: Path) -> None:
        self.made = made
        self.optimizer = torch.optim.AdamW(made.model.parameters(), lr=1e-4, foreach=True)
        self.way = way(made.model, self.optimizer, folder)
        self.walls_s: list[float] = []
        self.inside_s: list[float] = []

    def step(self) -> None:
        """Take one step and keep how long it took, in all and within the way."""
        way, begun = self.way, CLOCK()
        way.spent_s = 0.0
        self.optimizer.zero_grad()
        loss = self.made.loss()
        loss.backward()  # type: ignore[no-untyped-call]
        way.timed(way.before)()
        self.optimizer.step()
        way.timed(way.after)(loss.detach())
        self.inside_s.append(way.spent_s)
        self.walls_s.append(CLOCK() - begun)

    def take_block(self, count: int) -> None:
        """Take so many steps while the other ways rest."""
        self.way.go_on()
        for _ in range(count):
            self.step()
        self.way.rest()

    def forget(self) -> None:
        """Leave out what was measured so far: the first steps set things up."""
        self.walls_s.clear()
        self.inside_s.clear()

    @property
    def inside(self) -> float:
        """Seconds a step within the way."""
        return median(self.blocks)

    @property
    def blocks(self) -> list[float]:
        """Seconds a step within the way, of each block."""
        starts = range(0, len(self.inside_s), BLOCK)
        return [mean(self.inside_s[start : start + BLOCK]) for start in starts]


def measure(kind: str, rounds: int) -> dict[str, dict[str, float]]:
    """Return for each way its time a step, as a share of the bare step and of clipping."""
    with tempfile.TemporaryDirectory() as folder:
        all_ways = {}
        for i, (name, way) in enumerate(WAYS.items()):
            place = Path(folder, str(i))
            place.mkdir()
            all_ways[name] = Watched(way, training(kind), place)
            all_ways[name].way.rest()
        for one in all_ways.values():
            one.take_block(2)
            one.forget()
        for _ in range(rounds):
            for one in all_ways.values():
                one.take_block(BLOCK)
        bare = median(all_ways["bare"].walls_s)
        clip = all_ways["clip_grad_norm_"].inside
        table = {}
        for name, one in all_ways.items():
            inside = one.inside - (clip if isinstance(one.way, OursClipping) else 0.0)
            spread = sorted(one.blocks)
            table[name] = {
                "bare_ms": bare * 1e3,
                "inside_ms": inside * 1e3,
                "share": inside / bare,
                "of_clip": inside / clip,
                "low_ms": spread[len(spread) // 10] * 1e3,
                "high_ms": spread[-1 - len(spread) // 10] * 1e3,
            }
        os.chdir("/")
    return table


def peaks(kind: str, num_steps: int) -> dict[str, float]:
    """Return the median peak of each way: malloc alone moves one by 1 % from run to run."""
    found: dict[str, list[int]] = {name: [] for name in PEAKS_OF}
    for _ in range(NUM_PEAKS):
        for name, each in found.items():
            each.append(peak_bytes(kind, name, num_steps))
    return {name: median(each) for name, each in found.items()}


def peak_bytes(kind: str, name: str, num_steps: int) -> int:
    """Return the peak of memory of a process that trains with one way alone."""
    words = [sys.executable, __file__, "--model", kind, "--alone", name, "--steps", str(num_steps)]
    return int(subprocess.run(words, capture_output=True, check=True, text=True).stdout.split()[-1])


def train_alone(kind: str, name: str, num_steps: int) -> int:
    """Train with one way and print the peak of memory in bytes."""
    with tempfile.TemporaryDirectory() as folder:
        one = Watched(WAYS[name], training(kind), Path(folder))
        for _ in range(num_steps):
            one.step()
        os.chdir("/")
    # getrusage would tell the peak of the process that started this one, where that was higher.
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    print(int(status.split("VmHWM:")[1].split()[0]) * 1024)
    return 0


def report(kind: str, table: dict[str, dict[str, float]], memory: dict[str, float]) -> None:
    """Print the table of one model, and which targets are reached."""
    print(f"\n{kind}: a bare step takes {table['bare']['bare_ms']:.0f} ms")
    print(f"  {'way':<27} {'% of step':>9} {'x clip':>7} {'ms, 10 to 90 %':>16} {'memory':>8}")
    for name, row in table.items():
        if name == "bare":
            continue
        spread = f"{row['low_ms']:.2f} to {row['high_ms']:.2f}"
        more = f"{100 * (memory[name] / memory['bare'] - 1):+7.1f}%" if name in memory else ""
        share = f"{100 * row['share']:9.2f}"
        print(f"  {name:<27} {share} {row['of_clip']:7.2f} {spread:>16} {more:>8}")


def targets(table: dict[str, dict[str, float]], memory: dict[str, float]) -> list[tuple[str, bool]]:
    """Return each target in words, and whether it is reached."""
    own, each = table["Monitor"], table["Monitor(every=1)"]
    wandb, naive = table["wandb.watch(log_freq=1)"], table["each statistic by item()"]
    adaptive = table['Monitor(every="auto")']["share"] - table["get_total_norm"]["share"]
    said = [
        (f"Monitor {own['of_clip']:.2f} x clip_grad_norm_ (at most 1.1)", own["of_clip"] <= 1.1),
        (f"adaptive {100 * adaptive:.2f} % beyond get_total_norm (at most 1)", adaptive <= 0.01),
    ]
    for name, row, most in (("wandb.watch", wandb, 0.1), ("item() each", naive, 0.3)):
        ratio = each["inside_ms"] / row["inside_ms"]
        said.append((f"every=1 {ratio:.3f} x {name} (at most {most})", ratio <= most))
    if "Monitor" in memory:
        more = memory["Monitor"] / memory["bare"] - 1
        said.append((f"peak memory {100 * more:+.1f} % (at most +1)", more <= 0.01))
    return said


def main() -> int:
    """Measure, print, and return 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a quarter of the rounds, no memory")
    parser.add_argument("--model", choices=MODELS, help="one model alone")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--alone", help=argparse.SUPPRESS)
    parser.add_argument("--steps", type=int, default=30, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    os.environ["WANDB_SILENT"] = "true"
    if arguments.alone:
        return train_alone(arguments.model, arguments.alone, arguments.steps)
    missed, told = 0, {}
    for kind in (arguments.model,) if arguments.model else MODELS:
        table = measure(kind, 4 if arguments.quick else 15)
        memory = {} if arguments.quick else peaks(kind, arguments.steps)
        told[kind] = {"ways": table, "peak_bytes": memory}
        if not arguments.json:
            report(kind, table, memory)
        for words, reached in targets(table, memory):
            missed += not reached
            if not arguments.json:
                print(f"  {'reached' if reached else 'MISSED '} {words}")
    if arguments.json:
        print(json.dumps({"schema": "neural-trainer/bench-monitor/1", "models": told}, indent=2))
    return int(missed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
