"""The dashboard in a browser beside TensorBoard serving the same logs: `make bench-dashboard`.

Each server starts cold in a process of its own, ours and TensorBoard in turn, and a Chromium that
runs already opens its page; medians of the rounds. A chart counts as seen when it is drawn: ours of
all points, TensorBoard's of the 1,000 that it keeps of a tag. Needs Linux, chromium and .peers,
which writes the event files once, under build/.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PEERS = ROOT / ".peers" / "bin" / "python"
LOGS = ROOT / "build" / "dashboard-logs"
OURS, THEIRS = "neural-trainer monitor --web", "TensorBoard"
NUM_ROUNDS = 5
NUM_RUNS = 200
PATIENCE_MS = 120_000
FINISHED_S = 7200  # ago: the logs are those of runs that have ended
NUM_LIVE = 5  # points that are written one after the other and waited for
LOADED_S = 40.0  # in which TensorBoard has read ten million points, on a busy machine
SETTLED_MS = 3000  # until what reading took is let go

# Of one tag: the figure, what it is called, how many times sooner ours must be.
FIRST_CHART: tuple[tuple[str, str, float | None], ...] = (
    ("cold", "first chart of 1M points, from the start", 5.0),
    ("page", "... from the opening of the page", None),
    ("reload", "reload, until the chart is there again", 3.0),
)
DRAWN = "least => Number(document.querySelector('.chart[data-drawn]')?.dataset.points) >= least"
LISTED = "least => document.querySelectorAll('#runs li').length >= least"
THEIR_CHART = "() => document.querySelector('line-chart canvas, line-chart path') !== null"
THEIR_LIST = "() => document.body.innerText.includes('run-000')"


class Row(NamedTuple):
    """One line: what was measured of both, how many times as long theirs took, and the target."""

    what: str
    ours: float
    theirs: float | None
    unit: str
    target: str
    reached: bool | None


def made(kind: str, num_points: int) -> Path:
    """Return where a log lies, made where it is not there, as old as that of a run that ended."""
    path = LOGS / f"{kind}-{num_points}"
    if not path.exists():
        print(f"making {path.relative_to(ROOT)}", file=sys.stderr)
        script = ROOT / "benchmarks" / "made_logs.py"
        subprocess.run([PEERS, script, kind, path, str(num_points)], check=True)
    then = time.time() - FINISHED_S
    for file in path.rglob("*tfevents*"):
        os.utime(file, (then, then))
    return path


@contextmanager
def served(name: str, log: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Start a server; yield its address as soon as there is one, and its process."""
    if name == OURS:
        command = [sys.executable, str(ROOT / "scripts" / "monitor.py"), str(log), "--web"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    else:
        with closing(socket.create_server(("127.0.0.1", 0))) as taken:
            port = taken.getsockname()[1]
        command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(log),
                   "--port", str(port)]  # fmt: skip
        quiet = subprocess.DEVNULL
        process = subprocess.Popen(command, stdout=quiet, stderr=quiet, text=True)
    try:
        if name == OURS:
            assert process.stdout is not None
            address = next(line for line in process.stdout if line.startswith("http")).strip()
        else:
            address = f"http://127.0.0.1:{port}/"
            _wait_for(address)
        yield address, process
    finally:
        process.terminate()
        process.wait()


def _wait_for(address: str) -> None:
    for _ in range(2000):
        try:
            urllib.request.urlopen(address, timeout=10).close()
            return
        except OSError:
            time.sleep(0.02)
    raise SystemExit(f"dashboard.py: {address} does not answer")


def look(browser: Any, name: str, log: Path, script: str, least: int) -> dict[str, float]:
    """Return seconds from the start to what `script` waits for, from the page on, and of a reload.

    And what the server then holds, with its children.
    """
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    began = time.perf_counter()
    with served(name, log) as (address, process):
        opened = time.perf_counter()
        page.goto(address)
        page.wait_for_function(script, arg=least, timeout=PATIENCE_MS)
        seen = time.perf_counter()
        page.wait_for_timeout(SETTLED_MS)
        again = time.perf_counter()
        page.reload()
        page.wait_for_function(script, arg=least, timeout=PATIENCE_MS)
        reloaded = time.perf_counter()
        held, peak = memory(process.pid)
    page.close()
    return {
        "cold": seen - began, "page": seen - opened, "reload": reloaded - again,
        "held": held, "peak": peak,
    }  # fmt: skip


def theirs_after(log: Path, seconds: float) -> dict[str, float]:
    """Return what TensorBoard holds so long after its start: of a large log its page is empty till
    it is loaded again.
    """
    with served(THEIRS, log) as (_, process):
        time.sleep(seconds)
        held, peak = memory(process.pid)
    return {"held": held, "peak": peak}


def memory(pid: int) -> tuple[float, float]:
    """Return the resident bytes of a process and its children now, and the sum of their peaks."""
    told = [Path(f"/proc/{p}/status").read_text() for p in _family(pid)]
    sizes = [{line.split(":")[0]: line.split() for line in text.splitlines()} for text in told]
    held, peak = (sum(int(s[key][1]) for s in sizes) for key in ("VmRSS", "VmHWM"))
    return held * 1024.0, peak * 1024.0


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in children for each in _family(int(child)))]


def live(browser: Any) -> float:
    """Return the median of the seconds from a point's writing to its being on the screen."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    took = []
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "run.jsonl"
        rows = [json.dumps({"step": s, "loss": 4 / s}) + "\n" for s in range(1, 1001 + NUM_LIVE)]
        log.write_text("".join(rows[:1000]))
        with served(OURS, log) as (address, _):
            page.goto(address)
            page.wait_for_function(DRAWN, arg=1000, timeout=PATIENCE_MS)
            for number in range(1000, 1000 + NUM_LIVE):
                page.wait_for_timeout(700 + 137 * (number % 5))  # at no set moment of its looks
                with log.open("a") as file:
                    file.write(rows[number])
                began = time.perf_counter()
                page.wait_for_function(DRAWN, arg=number + 1, timeout=PATIENCE_MS)
                took.append(time.perf_counter() - began)
    page.close()
    return median(took)


def rows(browser: Any, num_rounds: int) -> Iterator[Row]:
    """Yield each line as it is measured."""
    log = made("curve", 1_000_000)
    ways = {OURS: (DRAWN, 1_000_000), THEIRS: (THEIR_CHART, 0)}
    took = _rounds(browser, log, ways, num_rounds)
    ours, theirs = took[OURS], took[THEIRS]
    for key, what, times in FIRST_CHART:
        ratio = theirs[key] / ours[key]
        target = "" if times is None else f"at least {times:g} x"
        yield Row(
            what, ours[key], theirs[key], "s", target, None if times is None else ratio >= times
        )
    log = made("runs", 1_000_000)
    took = _rounds(browser, log, {OURS: (LISTED, NUM_RUNS), THEIRS: (THEIR_LIST, 0)}, num_rounds)
    ours, theirs = took[OURS], took[THEIRS]
    what = f"{NUM_RUNS} runs listed, from the opening of the page"
    yield Row(what, ours["page"], theirs["page"], "s", "at most 1 s", ours["page"] <= 1)
    log = made("events", 10_000_000)
    ours = look(browser, OURS, log, DRAWN, 1_000_000)
    theirs = theirs_after(log, LOADED_S)
    held, reached = ours["held"] / 1e6, ours["held"] < 300e6
    yield Row("10M points: memory held", held, theirs["held"] / 1e6, "MB", "below 300 MB", reached)
    yield Row(
        "... its peak, as they are read", ours["peak"] / 1e6, theirs["peak"] / 1e6, "MB", "", None
    )
    seconds = live(browser)
    yield Row("a new point on the screen", seconds, None, "s", "at most 2 s", seconds <= 2)


def _rounds(
    browser: Any, log: Path, ways: dict[str, tuple[str, int]], num_rounds: int
) -> dict[str, dict[str, float]]:
    """Return the median of each figure of both ways, measured in turn."""
    all_: dict[str, list[dict[str, float]]] = {name: [] for name in ways}
    for _ in range(num_rounds):
        for name, (script, least) in ways.items():
            all_[name].append(look(browser, name, log, script, least))
    return {
        name: {key: median(each[key] for each in found) for key in found[0]}
        for name, found in all_.items()
    }


def line(row: Row) -> str:
    """Return a row as a line."""
    theirs = "" if row.theirs is None else f"{row.theirs:.2f} {row.unit}"
    ratio = "" if row.theirs is None else f"{row.theirs / row.ours:.1f} x"
    verdict = "" if row.reached is None else "reached" if row.reached else "MISSED"
    ours = f"{row.ours:.2f} {row.unit}"
    return f"{row.what:<48}{ours:>11}{theirs:>12}{ratio:>8}  {row.target:<14}{verdict}".rstrip()


def main() -> int:
    """Print the table; return 1 on a miss."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=NUM_ROUNDS, help="of each start")
    arguments = parser.parse_args()
    if not PEERS.exists():
        raise SystemExit(f"dashboard.py: no {PEERS}; run make bench-dashboard")
    from playwright.sync_api import sync_playwright

    print(
        f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )
    print(f"{'':<48}{'ours':>11}{'TensorBoard':>12}{'ratio':>8}")
    missed = False
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        for row in rows(browser, arguments.rounds):
            print(line(row), flush=True)
            missed = missed or row.reached is False
        browser.close()
    return int(missed)


if __name__ == "__main__":
    raise SystemExit(main())
