"""What the plugin's monitor costs while nothing happens: its share of a core over 50 runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

from neural_trainer.live.registry import Registered, register

SCRIPT = Path(__file__).resolve().parents[1] / "scripts" / "watch.py"
NUM_RUNS = 50
SHORT_S, LONG_S = 2.0, 17.0  # what the start costs is the same in both
NUM_ROUNDS = 3
MOST_PERCENT = 0.5


def project(folder: Path) -> None:
    """Register runs in `folder`, each with an alarm that stands."""
    alarm = {"id": "loss-spike", "state": "raised", "step": 4, "message": "up"}
    for number in range(NUM_RUNS):
        run = folder / "runs" / f"r{number}"
        run.mkdir(parents=True)
        (run / "alerts.jsonl").write_text(json.dumps(alarm) + "\n", encoding="utf-8")
        register(folder, Registered(run, run.name, float(number)))


def cpu_s(folder: Path, seconds: float) -> float:
    """Return the processor time of a monitor that ran for `seconds`, its start included."""
    process = subprocess.Popen(
        [sys.executable, str(SCRIPT), "--here-alone"], cwd=folder, stdout=subprocess.PIPE
    )
    time.sleep(seconds)
    process.terminate()
    assert process.stdout is not None
    printed = process.stdout.read()
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0  # it was waited for
    if printed:
        raise SystemExit(f"it printed while nothing happened: {printed[:200]!r}")
    return usage.ru_utime + usage.ru_stime


def main() -> int:
    """Print the share and what the start costs; return 1 on a miss."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        project(folder)
        rounds = [(cpu_s(folder, SHORT_S), cpu_s(folder, LONG_S)) for _ in range(NUM_ROUNDS)]
    percents = [100 * (long - short) / (LONG_S - SHORT_S) for short, long in rounds]
    start_s = median(short for short, _ in rounds)
    print(
        f"{NUM_RUNS} runs, nothing happens: {median(percents):.3f} % of a core "
        f"({', '.join(f'{percent:.3f}' for percent in percents)}; at most {MOST_PERCENT:g})"
    )
    print(f"its start: {1000 * start_s:.0f} ms of a core, once a session")
    return int(median(percents) > MOST_PERCENT)


if __name__ == "__main__":
    sys.exit(main())
