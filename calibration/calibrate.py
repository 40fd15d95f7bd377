"""Learns the chances of symptoms under causes on the fitted families: `make calibrate`.

Runs what has not run yet, looks at every run from the log alone and with the statistics by layer,
writes scripts/neural_trainer/diagnosis/chances.json and the part of docs/calibration.md that
it made. The figures there are of families left out one at a time: chances, weights and
temperature from all others.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "calibration"), str(ROOT / "scripts")]

from fault_gym.drawn import drawn  # noqa: E402
from fault_gym.evidence import KINDS, Seen, gathered  # noqa: E402
from fault_gym.fitting import LeftOut, decisive, fitted, left_out  # noqa: E402
from fault_gym.pages import families_page  # noqa: E402
from fault_gym.programs import MENDED  # noqa: E402
from fault_gym.running import OUTCOME, cases, run_all  # noqa: E402
from fault_gym.scoring import Judged, by_cause, figures  # noqa: E402

from neural_trainer.diagnosis.chances import FILE, Chances  # noqa: E402

RUNS = ROOT / "build" / "gym"
NUM_SEEDS = 1  # what stays under an hour on two cores


def judged_by_others(left: LeftOut, beside: Sequence[Seen], temperature: float) -> list[Judged]:
    """Return every run judged by the other families, what is called faulty chosen by them too."""
    tables = {
        family: Chances(
            faulty_below=left.faulty_below(temperature, without=family),
            decisive=decisive([*left.seen, *beside], without=family),
        )
        for family in {one.family for one in left.seen}
    }
    judged = []
    for one, probability in zip(left.seen, left.probabilities(temperature), strict=True):
        table = tables[one.family]
        capped = table.capped(probability, one.strength)
        judged.append(Judged(one, capped, table.faulty_below))
    return judged


def main() -> int:
    """Run, learn, write; return 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=NUM_SEEDS)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--ran", action="store_true", help="learn from what has run; run nothing")
    parser.add_argument("--by-cause", action="store_true", help="print each cause's figures")
    parser.add_argument("--dry", action="store_true", help="print the figures, write nothing")
    arguments = parser.parse_args()
    # A script that was mended of its fault may have another: it teaches nothing of sound runs.
    made = cases("fitted", range(arguments.seeds))
    wanted = [case for case in made if not case.scenario.endswith(MENDED)]
    if arguments.ran:
        wanted = [case for case in wanted if (RUNS / case.folder / OUTCOME).exists()]
    for count, _ in enumerate(run_all(wanted, RUNS, arguments.processes), 1):
        print(f"\r{count} of {len(wanted)} runs", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    seen = list(gathered(wanted, RUNS, arguments.processes))
    beside = list(drawn())
    left = left_out(seen, beside)
    temperature = left.temperature()
    judged = judged_by_others(left, beside, temperature)
    for kind in KINDS:
        print(f"{kind}, families left out one at a time:")
        part = [one for one in judged if one.seen.kind == kind]
        for name, figure in figures(part).items():
            print(f"  {name:<18} {figure}  of {figure.num}")
        if arguments.by_cause:
            for name, (num, detected, first, usual) in by_cause(part).items():
                print(f"    {name:<30} {num:>4} {detected:.2f} {first:.2f}  {', '.join(usual)}")
    if not arguments.dry:
        table = replace(
            fitted([*seen, *beside]),
            temperature=temperature,
            faulty_below=left.faulty_below(temperature),
            decisive=decisive([*seen, *beside]),
        )
        FILE.write_text(json.dumps(asdict(table), indent=1, sort_keys=True) + "\n", "utf-8")
        families_page(ROOT / "docs", seen, judged)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
