"""What launch itself costs while a run goes on: the share of one core, by the run's pace.

`python benchmarks/launch.py`, on Linux: three runs of half a minute each, one after the other.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[1] / "scripts"
RUN_S = 30.0
SETTLED_S = 8.0  # after which all is imported
PACES = {"one step, then silence": 1000.0, "a step a second": 1.0, "200 steps a second": 0.005}

RUN = """
import sys, time
from neural_trainer import Monitor
gap, until = float(sys.argv[1]), time.monotonic() + float(sys.argv[2])
with Monitor("own") as monitor:
    step = 0
    while (left := until - time.monotonic()) > 0:
        step += 1
        monitor.step(1.0 + 1.0 / step, lr=0.1, grad_norm=1.0, samples=8)
        time.sleep(min(gap, left))
"""


def cpu_s(pid: int) -> float:
    """Return the CPU seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def share(gap_s: float, folder: Path) -> float:
    """Return the share of a core that launch uses for a run with a step every `gap_s`."""
    (folder / "run.py").write_text(RUN)
    words = [sys.executable, "-m", "neural_trainer", "launch", "--yes", "--"]
    words += [sys.executable, "run.py", str(gap_s), str(RUN_S)]
    environment = {**os.environ, "PYTHONPATH": str(SCRIPTS)}
    with subprocess.Popen(words, cwd=folder, env=environment, stdout=subprocess.DEVNULL) as launch:
        time.sleep(SETTLED_S)
        began, before = time.monotonic(), cpu_s(launch.pid)
        time.sleep(RUN_S - SETTLED_S - 2)
        return (cpu_s(launch.pid) - before) / (time.monotonic() - began)


def main() -> None:
    """Measure each pace and print a line for it."""
    for name, gap_s in PACES.items():
        with tempfile.TemporaryDirectory() as folder:
            print(f"{name:<24} {100 * share(gap_s, Path(folder)):5.2f} % of a core")


if __name__ == "__main__":
    main()
