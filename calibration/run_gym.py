"""Runs scenarios of the fault gym and says which are sound.

Usage: python calibration/run_gym.py [--part fitted|held_out] [--only WORD] [--seeds 3]
[--mended] [--fresh]. Sound: a planted fault keeps its score under the goal, a healthy or mended
run reaches it. Prints what is not; exits 1 if anything is.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "calibration"), str(ROOT / "scripts")]

from fault_gym.running import cases, is_sound, run_all  # noqa: E402

RUNS = ROOT / "build" / "gym"


def main() -> int:
    """Run; return 1 where a scenario is not sound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=("fitted", "held_out"), default="fitted")
    parser.add_argument("--only", metavar="WORD", default="", help="family/scenario holds WORD")
    parser.add_argument("--seeds", type=int, default=1, metavar="N", help="seeds 0 to N-1")
    parser.add_argument("--mended", action="store_true", help="with the fault mended, too")
    parser.add_argument("--fresh", action="store_true", help="run again what is there already")
    parser.add_argument("--processes", type=int, default=2, metavar="N")
    arguments = parser.parse_args()
    seeds = range(arguments.seeds)
    wanted = cases(arguments.part, seeds, only=arguments.only)
    if arguments.mended:
        wanted += cases(arguments.part, seeds, mended=True, only=arguments.only)
    if not wanted:
        raise SystemExit(f"run_gym.py: no scenario of {arguments.part} holds {arguments.only!r}")
    if arguments.fresh:
        for case in wanted:
            shutil.rmtree(RUNS / case.folder, ignore_errors=True)
    unsound = 0
    for count, outcome in enumerate(run_all(wanted, RUNS, arguments.processes), 1):
        what = (
            f"{outcome['family']}/{outcome['scenario']}@{outcome['severity']:g}-{outcome['seed']}"
        )
        sound = is_sound(outcome)
        unsound += not sound
        score = "none" if outcome["score"] is None else f"{outcome['score']:.4g}"
        said = "" if sound else "UNSOUND " + outcome["error"].strip().rpartition("\n")[2]
        print(
            f"{count}/{len(wanted)} {what}  {outcome['planted']}  score {score} "
            f"goal {outcome['goal']:.4g}  {outcome['seconds']:.1f} s  {said}".rstrip(),
            flush=True,
        )
    print(f"{len(wanted)} runs, {unsound} not sound")
    return int(unsound > 0)


if __name__ == "__main__":
    raise SystemExit(main())
