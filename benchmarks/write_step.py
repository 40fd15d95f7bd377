"""What writing a line of ten numbers costs: metrics.jsonl beside a wandb offline run and SQLite.

Usage: write_step.py. Batches of 200 lines go round the ways in turn; the median of all batches
counts, in microseconds that the training waits for a line. Lines lost to a SIGKILL are counted by
killing a process that writes and says which lines it has handed over. (make bench-monitor)
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

from neural_trainer.live.run_folder import LineFile  # noqa: E402

BATCH, ROUNDS, KILLS = 200, 15, 5
MOST_US, TIMES_WANDB = 10.0, 25.0
NAMES = [f"train/m{i}" for i in range(10)]
Write = Callable[[int, dict[str, float]], object]


def ours(folder: Path) -> Write:
    """Return what appends a line to metrics.jsonl, as the Monitor does."""
    file = LineFile(folder / "metrics.jsonl", new=True)

    return lambda step, row: file.append_numbers(step, time.time(), row)


def wandb_offline(folder: Path) -> Write:
    """Return what logs a row to an offline run."""
    import wandb

    quiet = wandb.Settings(x_disable_stats=True, console="off", silent=True)
    run = wandb.init(project="b", mode="offline", dir=str(folder), settings=quiet)
    return lambda step, row: run.log(row, step=step)


def sqlite(folder: Path) -> Write:
    """Return what commits a row to SQLite in its write-ahead mode."""
    database = sqlite3.connect(folder / "rows.db", isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute(f"CREATE TABLE rows (step, {', '.join(f'm{i}' for i in range(10))})")
    places = ", ".join("?" * 11)
    return lambda step, row: database.execute(
        f"INSERT INTO rows VALUES ({places})", (step, *row.values())
    )


WAYS: dict[str, Callable[[Path], Write]] = {
    "metrics.jsonl": ours, "wandb offline": wandb_offline, "SQLite, a commit a line": sqlite,
}  # fmt: skip


def times_us() -> dict[str, float]:
    """Return the microseconds that each way takes for a line."""
    rng = random.Random(0)
    with tempfile.TemporaryDirectory() as folder:
        writers, taken = {}, {name: list[float]() for name in WAYS}
        for i, (name, way) in enumerate(WAYS.items()):
            place = Path(folder, str(i))
            place.mkdir()
            writers[name] = way(place)
        for turn in range(ROUNDS + 1):
            for name, write in writers.items():
                rows = [{key: rng.random() for key in NAMES} for _ in range(BATCH)]
                begun = time.perf_counter()
                for i, row in enumerate(rows):
                    write(turn * BATCH + i, row)
                if turn:
                    taken[name].append((time.perf_counter() - begun) / BATCH * 1e6)
    return {name: median(each) for name, each in taken.items()}


def lost_to_kills() -> int:
    """Return how many handed-over lines were missing after KILLS kills at seeded moments."""
    rng, lost = random.Random(1), 0
    for _ in range(KILLS):
        with tempfile.TemporaryDirectory() as folder:
            words = [sys.executable, __file__, "--write", folder]
            with subprocess.Popen(words, stdout=subprocess.PIPE) as child:
                assert child.stdout is not None
                child.stdout.readline()  # it writes
                time.sleep(rng.uniform(0.05, 0.3))
                os.kill(child.pid, signal.SIGKILL)
                said = child.stdout.read().split(b"\n")[:-1]
            lines = Path(folder, "metrics.jsonl").read_bytes().count(b"\n")
            lost += max(0, len(said) + 1 - lines)
    return lost


def write_until_killed(folder: str) -> None:
    """Write lines, and say each on stdout once it is handed over."""
    write = ours(Path(folder))
    row = dict.fromkeys(NAMES, 0.5)
    step = 0
    while True:
        write(step, row)
        os.write(1, b"%d\n" % step)
        step += 1


def main() -> int:
    """Measure, print, and return 1 where a target is missed."""
    if sys.argv[1:2] == ["--write"]:
        write_until_killed(sys.argv[2])
    taken = times_us()
    for name, us in taken.items():
        print(f"{name:<25} {us:8.1f} us a line")
    lost, own = lost_to_kills(), taken["metrics.jsonl"]
    times = taken["wandb offline"] / own
    verdicts = [
        (f"{own:.1f} us a line (at most {MOST_US:g})", own <= MOST_US),
        (f"{times:.0f} times cheaper than wandb offline (at least {TIMES_WANDB:g})",
         times >= TIMES_WANDB),
        (f"{lost} lines lost to {KILLS} kills (none)", lost == 0),
    ]  # fmt: skip
    for words, reached in verdicts:
        print(f"{'reached' if reached else 'MISSED '} {words}")
    return int(not all(reached for _, reached in verdicts))


if __name__ == "__main__":
    raise SystemExit(main())
