"""Where the Monitor's memory goes: what a process holds at each stage beside a bare training's.

Usage: monitor_memory.py [--model resnet]. Private memory is what the process has made; code is what
it has touched of the files of libraries, which the system shares. Of five processes each, in turn,
the median. A peak is the highest of both together so far. Linux alone tells them.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

import torch
from monitor_overhead import MODELS, Watched
from watched_models import training
from watching_ways import WAYS

NUM_PROCESSES = 5
FIELDS = {"private": "RssAnon:", "code": "RssFile:", "peak": "VmHWM:"}
MIB = 1 << 20
Stages = dict[str, dict[str, float]]


def held() -> dict[str, float]:
    """Return what this process holds now, and its peak, in bytes."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return {name: int(status.split(field)[1].split()[0]) * 1024.0 for name, field in FIELDS.items()}


def stages(kind: str, way: str) -> Stages:
    """Train for 30 steps, with sets at the 1st, 10th, 20th and 30th; return what was held when."""
    with tempfile.TemporaryDirectory() as folder:
        made = training(kind)
        torch.optim.AdamW(made.model.parameters())  # imports what every training does
        found = {"the model": held()}
        one = Watched(WAYS[way], made, Path(folder))
        found["the Monitor made"] = held()
        for number in range(1, 31):
            one.step()
            if number in (1, 2, 30):
                found[f"step {number}"] = held()
    return found


def main() -> int:
    """Print for each stage how much more the Monitor's process holds than the bare one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", choices=MODELS, default="resnet")
    parser.add_argument("--alone", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if arguments.alone:
        print(json.dumps(stages(arguments.model, arguments.alone)))
        return 0
    found: dict[str, list[Stages]] = {"bare": [], "Monitor": []}
    for _ in range(NUM_PROCESSES):
        for way, each in found.items():
            words = [sys.executable, __file__, "--model", arguments.model, "--alone", way]
            done = subprocess.run(words, capture_output=True, check=True, text=True)
            each.append(json.loads(done.stdout.splitlines()[-1]))
    print(f"{arguments.model}: MB more than bare   {'  '.join(f'{name:>7}' for name in FIELDS)}")
    for stage in found["bare"][0]:
        more = [
            median(one[stage][name] for one in found["Monitor"])
            - median(one[stage][name] for one in found["bare"])
            for name in FIELDS
        ]
        print(f"  {stage:<26} {'  '.join(f'{number / MIB:+7.1f}' for number in more)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
