"""Judges the diagnosis by the held-out families: `make judge-held-out`. Each time is counted.

Runs what has not run yet, diagnoses each run from the log alone and with the statistics by layer,
and writes the figures and one more line of the count into docs/calibration.md. Nothing is fitted
here; whoever changes a symptom or a chance after a look at what this prints has spent the data.
"""

from __future__ import annotations

import argparse
import os
import sys
from datetime import datetime, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "calibration"), str(ROOT / "scripts")]

from fault_gym.evidence import KINDS, gathered  # noqa: E402
from fault_gym.fitting import probabilities  # noqa: E402
from fault_gym.pages import counted, held_out_page  # noqa: E402
from fault_gym.running import OUTCOME, cases, run_all  # noqa: E402
from fault_gym.scoring import Judged, figures  # noqa: E402

from neural_trainer.diagnosis.chances import FILE, measured  # noqa: E402

RUNS = ROOT / "build" / "gym"
NUM_SEEDS = 3


def main() -> int:
    """Run, judge, count; return 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=NUM_SEEDS)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--ran", action="store_true", help="judge what has run; run nothing")
    arguments = parser.parse_args()
    if not FILE.exists():
        raise SystemExit("judge_held_out.py: nothing was fitted yet; run make calibrate")
    held_out = cases("held_out", range(arguments.seeds))
    wanted = [case for case in held_out if case.family != "programs"]  # judge_programs.py's
    if arguments.ran:
        wanted = [case for case in wanted if (RUNS / case.folder / OUTCOME).exists()]
    for count, _ in enumerate(run_all(wanted, RUNS, arguments.processes), 1):
        print(f"\r{count} of {len(wanted)} runs", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    seen = list(gathered(wanted, RUNS, arguments.processes))
    table = measured()
    judged = [Judged(one, probabilities(one, table), table.faulty_below) for one in seen]
    for kind in KINDS:
        print(f"{kind}, held-out families:")
        for name, figure in figures([one for one in judged if one.seen.kind == kind]).items():
            print(f"  {name:<18} {figure}  of {figure.num}")
    day = datetime.now(timezone.utc).strftime("%Y-%m-%d")
    held_out_page(ROOT / "docs", judged)
    counted(ROOT / "docs", day, judged)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
