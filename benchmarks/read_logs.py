"""Reading speed and memory beside the readers that others use, in one run: `make bench-read`.

Each way of reading runs in a process of its own, the ways in turn, so that a busy machine is busy
for all; medians, without imports. The logs are made once, under build/. What was read is compared:
other values than the peer's are a miss. Needs Linux, which tells the peak of memory.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
PEERS = ROOT / ".peers" / "bin" / "python"
LOGS = ROOT / "build" / "read-logs"
OURS = "neural-trainer"
WITH_ARROW = "neural-trainer[arrow]"
NUM_POINTS = 1_000_000
NUM_SERIES, NUM_RUNS = 10, 200  # as made_logs.py makes them
NUM_ROUNDS = 7  # odd: the median is one of them
NUM_SLOW = 2  # of these, for peers that take tens of seconds
NUM_FOLLOWED = 1  # of these, for a peer that takes as long before its looks, whose median is told
GROWTH_ROUNDS = 3
MOST_EXPONENT = 1.1  # of time and memory over points; the fixed part of both makes it smaller
MOST_DIAGNOSING = 2.0  # times reading and importing
ULPS = 4e-16  # relative: pandas' own parser errs by two units in the last place


class Peer(NamedTuple):
    """A reader that ours is measured against.

    times: how much faster ours must be, None without a target. memory: the share of the peer's that
    ours may take. rounds: how often it reads. error: of its values, relative.
    """

    name: str
    times: float | None = None
    memory: float | None = None
    rounds: int = NUM_ROUNDS
    error: float = 0.0


class Case(NamedTuple):
    """A log that is read.

    kind, file: what made_logs.py calls it and where it lies. own: which of our ways is measured.
    """

    title: str
    kind: str
    file: str
    peers: tuple[Peer, ...]
    script: str = "read_methods.py"
    own: str = OURS


CASES = (
    Case("event file", "events", "events", (
        Peer("EventAccumulator", 100, memory=0.25, rounds=NUM_SLOW),
        Peer("tbparse", 80, rounds=NUM_SLOW),
        Peer("Rust data server", 5),
    )),
    Case(f"{NUM_RUNS} event files", "runs", "runs", (
        Peer("EventAccumulator", 60, rounds=NUM_SLOW),
        Peer("tbparse", 50, rounds=NUM_SLOW),
        Peer("Rust data server", 3),
    )),
    Case("event file that grew by 1,000 points", "later", "later.bin", (
        Peer("EventAccumulator.Reload()", 10, rounds=NUM_FOLLOWED),
    ), "follow_log.py"),
    Case("CSV", "table", "table.csv", (Peer("pandas' C engine", 1, error=ULPS),)),
    Case("CSV, with the extra", "table", "table.csv", (
        Peer("pandas' C engine", 1, error=ULPS),
    ), own=WITH_ARROW),
    Case("JSON Lines", "lines", "lines.jsonl", (Peer("json.loads loop", 3),)),
    Case("JSON Lines, with the extra", "lines", "lines.jsonl", (
        Peer("json.loads loop", 5),
    ), own=WITH_ARROW),
    Case("JSON Lines, NaN and a torn line", "faulty", "faulty.jsonl", (Peer("json.loads loop"),)),
    Case("trainer_state.json", "state", "trainer_state.json", (Peer("json to DataFrame", 1.3),)),
    Case(".wandb", "offline", "run-offline.wandb", (Peer("wandb's DataStore", 5),)),
)  # fmt: skip
GROWTH = [c for c in CASES if c.kind in ("events", "table", "lines") and c.own == OURS]


class Row(NamedTuple):
    """A line of the table.

    ratio: the peer's time, or our memory, over the other's. target: what it must be. verdict: what
    came of it, "" without a target.
    """

    case: str
    what: str
    seconds: float | None = None
    bytes: float | None = None
    ratio: float | None = None
    target: float | None = None
    verdict: str = ""


def made(case: Case, num_points: int) -> Path:
    """Return where a log lies, made where it is not there."""
    path = LOGS / str(num_points) / case.file
    if not path.exists():
        print(f"making {path.relative_to(ROOT)}", file=sys.stderr)
        script = ROOT / "benchmarks" / "made_logs.py"
        subprocess.run([PEERS, script, case.kind, path, str(num_points)], check=True)
    return path


def measure(case: Case, name: str, path: Path, num_points: int, values: Path | None) -> Any:
    """Read a log once, in a process of its own; return what it took."""
    if case.script == "follow_log.py":
        target = [str(path.parent / "events"), str(path)]
    else:
        num_series = 5 * NUM_RUNS if case.kind == "runs" else NUM_SERIES
        log = {
            "path": str(path),
            "num_series": num_series,
            "last_step": num_points // num_series - 1,
        }
        target = [json.dumps(log)]
    python = sys.executable if name.startswith(OURS) else str(PEERS)
    words = [python, str(ROOT / "benchmarks" / case.script), name, *target]
    words += [] if values is None else [str(values)]
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{name} on {path}: {done.stderr.strip().splitlines()[-1]}")
    return json.loads(done.stdout)


def rounds(case: Case, num_points: int) -> tuple[dict[str, list[Any]], dict[str, str]]:
    """Read a log with all ways in turn; return what each took, and how its values differ."""
    path = made(case, num_points)
    taken: dict[str, list[Any]] = {case.own: [], **{peer.name: [] for peer in case.peers}}
    every = {peer.name: -(-NUM_ROUNDS // peer.rounds) for peer in case.peers}
    with tempfile.TemporaryDirectory() as folder:
        files = {name: Path(folder) / f"{i}.npz" for i, name in enumerate(taken)}
        for turn in range(NUM_ROUNDS):
            for name, results in taken.items():
                if turn % every.get(name, 1) == 0:
                    values = files[name] if not results else None
                    results.append(measure(case, name, path, num_points, values))
        wrong = {p.name: difference(files[case.own], files[p.name], p.error) for p in case.peers}
    return taken, wrong


def difference(ours: Path, peers: Path, error: float) -> str:
    """Say in what the values that were read differ, "" where they do not."""
    with np.load(ours) as own, np.load(peers) as other:
        if set(own) != set(other):
            return f"series {sorted(set(own) ^ set(other))[:3]} were read by one alone"
        for name in own:
            mine, theirs = own[name], other[name]
            if mine.shape != theirs.shape:
                return f"{name}: {mine.shape[1]} points, not {theirs.shape[1]}"
            if not np.allclose(mine, theirs, rtol=error, atol=0, equal_nan=True):
                return f"{name}: other values"
    return ""


def compared(case: Case, num_points: int) -> Iterator[Row]:
    """Yield the rows of a case: ours, each peer with its targets."""
    taken, wrong = rounds(case, num_points)
    own_s, own_bytes = (median(one[key] for one in taken[case.own]) for key in ("seconds", "bytes"))
    yield Row(case.title, case.own, own_s, own_bytes)
    for peer in case.peers:
        seconds = median(one["seconds"] for one in taken[peer.name])
        num_bytes = median(one["bytes"] for one in taken[peer.name])
        ratio, said = seconds / own_s, wrong[peer.name]
        reached = "equal" if peer.times is None else _verdict(ratio >= peer.times)
        yield Row(case.title, peer.name, seconds, num_bytes, ratio, peer.times, said or reached)
        if peer.memory is not None:
            share = own_bytes / num_bytes
            verdict = _verdict(share <= peer.memory)
            yield Row(case.title, "  share of its memory", None, None, share, peer.memory, verdict)
    if "read_bytes" in taken[case.own][0]:
        read, new = (
            median(one[key] for one in taken[case.own]) for key in ("read_bytes", "new_bytes")
        )
        yield Row(case.title, "  bytes read over new ones", None, read, read / new)


def _verdict(reached: bool) -> str:
    return "reached" if reached else "missed"


def growth(case: Case, num_points: int) -> Iterator[Row]:
    """Yield how time and memory grow with the points, over three powers of ten."""
    sizes = [num_points // 100, num_points // 10, num_points, num_points * 10]
    taken: dict[int, list[Any]] = {size: [] for size in sizes}
    for _ in range(GROWTH_ROUNDS):
        for size in sizes:
            taken[size].append(measure(case, OURS, made(case, size), size, None))
    title = f"growth, {case.title}"
    each = {
        key: [median(one[key] for one in taken[size]) for size in sizes]
        for key in ("seconds", "bytes")
    }
    for size, seconds, num_bytes in zip(sizes, each["seconds"], each["bytes"], strict=True):
        yield Row(title, f"{size:,} points", seconds, num_bytes)
    for key, what in (("seconds", "  exponent of time"), ("bytes", "  exponent of memory")):
        logs = np.log10(sizes), np.log10(each[key])
        exponent = max(float(np.polyfit(*logs, 1)[0]), float(logs[1][-1] - logs[1][-2]))
        verdict = _verdict(exponent <= MOST_EXPONENT)
        yield Row(title, what, None, None, exponent, MOST_EXPONENT, verdict)


def diagnosing(num_points: int) -> Iterator[Row]:
    """Yield what `diagnose` takes as a whole process, over reading and importing."""
    case = CASES[0]
    path = made(case, num_points)
    (file,) = path.iterdir()
    words = [sys.executable, str(ROOT / "scripts" / "diagnose.py"), str(file)]
    whole_s, read_s = [], []
    for _ in range(NUM_ROUNDS):
        start = time.perf_counter()
        subprocess.run(words, stdout=subprocess.DEVNULL, check=True)
        whole_s.append(time.perf_counter() - start)
        read = measure(case, OURS, path, num_points, None)
        read_s.append(read["seconds"] + read["imports_s"])
    ratio = median(whole_s) / median(read_s)
    title = "diagnose an event file, the whole process"
    yield Row(title, "reading and its imports", median(read_s))
    reached = _verdict(ratio < MOST_DIAGNOSING)
    yield Row(title, "diagnose", median(whole_s), None, ratio, MOST_DIAGNOSING, reached)


def line(row: Row) -> str:
    """Return a row as a line of at most 80 columns."""
    seconds = "" if row.seconds is None else f"{row.seconds:.4f} s"
    size = "" if row.bytes is None else f"{row.bytes / 1e6:.1f} MB"
    ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
    target = "" if row.target is None else f"({row.target:g})"
    return f"  {row.what:<26}{seconds:>11}{size:>11}{ratio:>9} {target:<6} {row.verdict}".rstrip()


def machine() -> str:
    """Return what the figures depend on."""
    return (
        f"Python {platform.python_version()}, numpy {np.__version__}, {platform.system()} "
        f"{platform.machine()}, {os.cpu_count()} cores"
    )


def main() -> int:
    """Print the table; return 1 on a miss."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the points")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--only", metavar="WORD", default="", help="cases with WORD in the title")
    arguments = parser.parse_args()
    if not PEERS.exists():
        raise SystemExit(f"read_logs.py: no {PEERS}; run make bench-read, which installs the peers")
    num_points = NUM_POINTS // 10 if arguments.quick else NUM_POINTS
    parts = [
        *((case.title, partial(compared, case, num_points)) for case in CASES),
        *((f"growth, {case.title}", partial(growth, case, num_points)) for case in GROWTH),
        ("diagnose", partial(diagnosing, num_points)),
    ]
    rows: list[Row] = []
    if not arguments.json:
        print(f"{num_points:,} points; medians; {machine()}\n")
        print(f"  {'':<26}{'time':>11}{'peak':>11}{'ratio':>9} target")
    for title, part in parts:
        if arguments.only not in title:
            continue
        for row in part():
            if arguments.quick and row.verdict in ("reached", "missed"):
                row = row._replace(target=None, verdict="")  # they are of a million points
            if not arguments.json:
                begun = bool(rows) and rows[-1].case == row.case
                print(line(row) if begun else f"{row.case}\n{line(row)}", flush=True)
            rows.append(row)
    if not rows:
        raise SystemExit(f"read_logs.py: no case has {arguments.only!r} in its title")
    if arguments.json:
        told = {"points": num_points, "machine": machine(), "rows": [r._asdict() for r in rows]}
        print(json.dumps(told, indent=1))
    return int(any(row.verdict not in ("", "reached", "equal") for row in rows))


if __name__ == "__main__":
    raise SystemExit(main())
