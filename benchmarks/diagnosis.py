"""The diagnosis beside other tools on the same runs: `make bench-diagnosis`.

Runs what of the held-out families and of the training scripts in calibration/programs has not run
yet, asks `diagnose` and each tool about every run, and writes docs/diagnosis-benchmark.md. Nothing
is mended by what it prints: these runs judge. diagnosis_meanings.py says which causes the
sentences of a tool name; a tool that raises on a run was silent there, and it is counted.
"""

from __future__ import annotations

import argparse
import csv
import json
import multiprocessing.pool
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / name) for name in ("benchmarks", "calibration", "scripts")]

import diagnosis_live  # noqa: E402
import diagnosis_peers  # noqa: E402
from diagnosis_answers import Answer, Row, ours, ours_of_case, row, run_of  # noqa: E402
from diagnosis_meanings import named  # noqa: E402
from diagnosis_page import Part, page  # noqa: E402
from fault_gym.evidence import Seen  # noqa: E402
from fault_gym.judged_programs import KINDS  # noqa: E402
from fault_gym.programs import CODE  # noqa: E402
from fault_gym.recorder import COLUMNS, LOG  # noqa: E402
from fault_gym.running import OUTCOME, Case, cases, is_sound, run_all  # noqa: E402
from public_logs import ILL, expected  # noqa: E402

RUNS = ROOT / "build" / "gym"
KEPT = ROOT / "build" / "bench-diagnosis"
PEERS = ROOT / ".peers-diagnosis" / "bin" / "python"
PAGE = ROOT / "docs" / "diagnosis-benchmark.md"
LOGS = ROOT.parent / "shared" / "logs"
LONGEST_S = 300  # that a script may take under a tool; the gym gives it 120 by itself


class Ran(NamedTuple):
    """A sound run of the gym: what is planted, its folder, and what the program took, in s."""

    seen: Seen
    folder: Path
    seconds: float


def ran(wanted: Sequence[Case]) -> list[Ran]:
    """Return the sound ones of runs that were made."""
    found = []
    for case in wanted:
        folder = RUNS / case.folder
        about = json.loads((folder / OUTCOME).read_text(encoding="utf-8"))
        if is_sound(about):
            names = (case.family, case.scenario, case.seed, about["planted"], about["accepted"])
            found.append(Ran(run_of(*names, case.severity), folder, about["seconds"]))
    return found


def by_diagnose(runs: Sequence[Ran], processes: int, with_code: bool) -> Iterator[Row]:
    """Yield what `diagnose` reaches from each kind of evidence."""
    seen = [one.seen for one in runs]
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        for kind, (name, code) in KINDS.items():
            if with_code or not code:
                work = [(one.folder, name, code) for one in runs]
                yield row(f"ours, {kind}", seen, pool.map(ours_of_case, work, chunksize=8))


def by_peers(seen: Sequence[Seen], logs: Sequence[Path]) -> Iterator[Row]:
    """Yield what each tool that reads logs reaches."""
    for name, (tool, _) in diagnosis_peers.TOOLS.items():
        tasks = "".join(json.dumps({"tool": name, "log": str(log)}) + "\n" for log in logs)
        command = [PEERS, Path(diagnosis_peers.__file__)]
        done = subprocess.run(command, input=tasks, capture_output=True, text=True)
        lines = done.stdout.splitlines()
        if len(lines) != len(logs):
            raise SystemExit(f"diagnosis.py: {name} ended early: {done.stderr[-500:]}")
        told = [json.loads(line) for line in lines]
        yield row(name, seen, [answer(tool, one, one["seconds"]) for one in told])


def answer(tool: str, told: dict[str, Any], seconds: float) -> Answer:
    """Return what a tool told as an answer, its sentences as causes."""
    return Answer(
        told["alarms"], named(tool, told["said"]), seconds, told["bytes"], told["error"]
    )  # fmt: skip


def by_live(runs: Sequence[Ran], processes: int) -> Iterator[Row]:
    """Yield what each tool that wants the program reaches; it runs the script anew."""
    seen = [one.seen for one in runs]
    with multiprocessing.pool.ThreadPool(processes) as pool:
        for tool in diagnosis_live.TOOLS:
            answers = pool.map(partial(watched, tool), runs, chunksize=1)
            yield row(tool, seen, answers)


def watched(tool: str, one: Ran) -> Answer:
    """Return what a tool says of a script that runs under it; kept for the next time."""
    script = one.folder / CODE
    told_by = Path(diagnosis_live.__file__).read_bytes() + script.read_bytes()
    path = KEPT / tool / f"{one.folder.name}-{sha256(told_by).hexdigest()[:16]}.json"
    if not path.exists():
        command: list[Any] = [PEERS, diagnosis_live.__file__, tool, script, str(one.seen.seed)]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        start = time.perf_counter()
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=LONGEST_S, env=environment
            )
            told = json.loads(done.stdout.splitlines()[-1])
        except (subprocess.TimeoutExpired, IndexError, json.JSONDecodeError) as raised:
            told = {"alarms": False, "said": [], "bytes": 0, "error": repr(raised)[:200]}
        told["seconds"] = time.perf_counter() - start
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(told), encoding="utf-8")
    told = json.loads(path.read_text(encoding="utf-8"))
    return answer(tool, told, told["seconds"])


def on_public_logs(folder: Path) -> Iterator[Row]:
    """Yield what is said of public logs whose label settles whether the run is ill.

    The tools of others get a table of the signals that the project's readers find.
    """
    from neural_trainer.errors import ReadError
    from neural_trainer.runs.read import read_all

    seen, answers = list[Seen](), list[Answer]()
    with tempfile.TemporaryDirectory() as tables:
        paths = list[Path]()
        for line in (folder / "labels.jsonl").read_text(encoding="utf-8").splitlines():
            label = json.loads(line)
            if not expected(label["labels"]) & {"faulty", "healthy"}:
                continue
            planted = "ill" if set(label["labels"]) & ILL else "healthy"
            for name in label["files"]:
                try:
                    runs = read_all(folder / name)
                except ReadError:
                    continue
                if len(runs) != 1:
                    continue  # `diagnose LOG` and the others are of one run
                seen.append(run_of(label["id"], label["id"], 0, planted, ()))
                answers.append(ours(folder / name))
                paths.append(Path(tables, f"{len(paths)}.csv"))
                write_table(paths[-1], runs[0])
        if not seen:
            raise SystemExit(f"diagnosis.py: no log of {folder} has a label that settles a verdict")
        yield row("ours, log", seen, answers)
        yield from by_peers(seen, paths)


def write_table(path: Path, run: Any) -> None:
    """Write the signals of a run as the gym writes a log."""
    rows: dict[float, dict[str, float]] = {}
    for name, series in run.signals.items():
        for step, value in zip(series.step.tolist(), series.value.tolist(), strict=True):
            rows.setdefault(step, {"step": step})[COLUMNS.get(name, name)] = value
    names = ["step", *(COLUMNS.get(name, name) for name in run.signals)]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows[step] for step in sorted(rows))


def main() -> int:
    """Run, ask, write the page; return 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1, metavar="N", help="seeds 0 to N-1")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, metavar="N")
    parser.add_argument("--logs", type=Path, default=LOGS, help="public logs with labels.jsonl")
    parser.add_argument("--ran", action="store_true", help="take what has run; run nothing")
    arguments = parser.parse_args()
    if not PEERS.exists():
        raise SystemExit("diagnosis.py: no .peers-diagnosis; make bench-diagnosis installs it")
    wanted = cases("held_out", range(arguments.seeds))
    if arguments.ran:
        wanted = [case for case in wanted if (RUNS / case.folder / OUTCOME).exists()]
    for count, _ in enumerate(run_all(wanted, RUNS, arguments.processes), 1):
        print(f"\r{count} of {len(wanted)} runs", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    parts: dict[str, Part] = {}
    for title, is_wanted in WANTED.items():
        runs = ran([case for case in wanted if is_wanted(case)])
        parts[title] = Part([], median(one.seconds for one in runs) if runs else 0.0)
        if not runs:
            continue
        has_code = all((one.folder / CODE).exists() for one in runs)
        logs = [one.folder / LOG for one in runs]
        several = [by_diagnose(runs, arguments.processes, has_code)]
        several += [by_peers([one.seen for one in runs], logs)]
        several += [by_live(runs, arguments.processes)] if has_code else []
        for rows in several:
            for one in rows:
                parts[title].rows.append(one)
                told = ", ".join(f"{name} {figure}" for name, figure in one.figures.items())
                print(f"{title}, {one.name}: {told}", file=sys.stderr)
    if (arguments.logs / "labels.jsonl").is_file():
        parts["Public logs"] = Part(list(on_public_logs(arguments.logs)))
    if not any(part.rows for part in parts.values()):
        raise SystemExit("diagnosis.py: no run to judge")
    PAGE.write_text("\n".join(page(parts)).rstrip() + "\n", encoding="utf-8")
    print(PAGE.relative_to(ROOT))
    return 0


WANTED: dict[str, Callable[[Case], bool]] = {
    "Held-out families": lambda case: case.family != "programs",
    "Training scripts": lambda case: case.family == "programs",
}


if __name__ == "__main__":
    raise SystemExit(main())
