"""What the start of a command costs: its time as a multiple of the same bare interpreter's."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
NUM_ROUNDS = 21
MOST = 3.0  # times the bare interpreter, for --help


def commands() -> dict[str, list[str]]:
    """Return what is timed; the first is the measure of the others."""
    return {
        "bare interpreter": [sys.executable, "-c", "pass"],
        "scripts/diagnose.py --help": [
            sys.executable,
            str(ROOT / "scripts" / "diagnose.py"),
            "--help",
        ],
        "bin/neural-trainer --help": [str(ROOT / "bin" / "neural-trainer"), "--help"],
    }


def time_s(words: list[str], environ: dict[str, str]) -> float:
    """Run `words` and return how long that took, in seconds."""
    start = time.perf_counter()
    subprocess.run(words, env=environ, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def main() -> int:
    """Time the commands in turn, so that a busy machine is busy for all; return 1 on a miss."""
    with tempfile.TemporaryDirectory() as data:
        environ = {**os.environ, "CLAUDE_PLUGIN_DATA": data, "PYTHONPYCACHEPREFIX": data}
        environ.pop("PYTHONDONTWRITEBYTECODE", None)  # a user's second start has byte code
        if sys.prefix == sys.base_prefix:  # no environment that the launcher could find by itself
            environ["NEURAL_TRAINER_PYTHON"] = sys.executable
        else:
            environ.pop("NEURAL_TRAINER_PYTHON", None)
            environ["VIRTUAL_ENV"] = sys.prefix
        times: dict[str, list[float]] = {name: [] for name in commands()}
        for turn in range(NUM_ROUNDS + 1):
            for name, words in commands().items():
                taken_s = time_s(words, environ)
                if turn:  # the first turn fills the caches and the launcher's memory
                    times[name].append(taken_s)
    medians = {name: median(taken) for name, taken in times.items()}
    bare_s = medians.pop("bare interpreter")
    print(f"bare interpreter              {bare_s * 1000:6.1f} ms")
    for name, taken_s in medians.items():
        print(f"{name:<29} {taken_s * 1000:6.1f} ms  {taken_s / bare_s:.2f} times (at most {MOST})")
    return int(max(medians.values()) > MOST * bare_s)


if __name__ == "__main__":
    raise SystemExit(main())
