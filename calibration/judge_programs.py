"""Judges the diagnosis by training scripts with a fault in their source, code and all.

Usage: python calibration/judge_programs.py [--part fitted|held_out] [--seeds 3]. Runs what has not
run yet and diagnoses each run as a user would: from its log, with the statistics by layer, and with
its code beside each. Of the held-out part the figures go into docs/calibration.md and
are counted there; nothing may be mended by what it prints of them.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
from datetime import datetime, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "calibration"), str(ROOT / "scripts")]

from fault_gym.judged_programs import KINDS, judged_case  # noqa: E402
from fault_gym.pages import programs_page  # noqa: E402
from fault_gym.running import OUTCOME, cases, run_all  # noqa: E402
from fault_gym.scoring import Judged, by_cause, figures  # noqa: E402

RUNS = ROOT / "build" / "gym"


def main() -> int:
    """Run, judge, print; return 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=("fitted", "held_out"), default="fitted")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--ran", action="store_true", help="judge what has run; run nothing")
    parser.add_argument("--each", action="store_true", help="print what is said of each run")
    arguments = parser.parse_args()
    wanted = cases(arguments.part, range(arguments.seeds), only="programs/")
    if arguments.ran:
        wanted = [case for case in wanted if (RUNS / case.folder / OUTCOME).exists()]
    if not wanted:
        raise SystemExit(f"judge_programs.py: no script of {arguments.part} is there to judge")
    for count, _ in enumerate(run_all(wanted, RUNS, arguments.processes), 1):
        print(f"\r{count} of {len(wanted)} runs", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    with multiprocessing.get_context("fork").Pool(arguments.processes) as pool:
        found = pool.map(judged_case, [(case, RUNS) for case in wanted], chunksize=4)
    judged = [one for several in found for one in several]
    for kind in KINDS:
        of_kind = [one for one in judged if one.seen.kind == kind]
        print(f"{kind}, scripts of {arguments.part}:")
        for name, figure in figures(of_kind).items():
            print(f"  {name:<18} {figure}  of {figure.num}")
    if arguments.each:
        _print_each(judged)
    if arguments.part == "held_out":
        day = datetime.now(timezone.utc).strftime("%Y-%m-%d")
        programs_page(ROOT / "docs", day, judged, KINDS)
    return 0


def _print_each(judged: list[Judged]) -> None:
    of = {kind: by_cause([one for one in judged if one.seen.kind == kind]) for kind in KINDS}
    for kind in KINDS:
        for name, (num, detected, first, usual) in of[kind].items():
            print(f"{kind:<20} {name:<28} {num:3d} {detected:.2f} {first:.2f} {', '.join(usual)}")


if __name__ == "__main__":
    raise SystemExit(main())
