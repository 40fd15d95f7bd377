"""Chooses the runs that the digest is measured on, and lays them out for one arm.

Usage: python evals/digest/lay_out.py choose      writes runs/NN.csv and key.tsv, once
       python evals/digest/lay_out.py out FOLDER --arm log|digest|both [--third 1|2|3]

The runs are of the held-out families (build/gym, `make judge-held-out` makes them): one of each of
18 causes drawn by seed, and six sound ones. Times and memory are left out, and all names.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "calibration"), str(ROOT / "scripts")]

RUNS, KEY = HERE / "runs", HERE / "key.tsv"
NUM_FAULTY, NUM_HEALTHY, PARTS = 18, 6, 3
OF_THE_PROCESS = {"step_time_s", "data_time_s", "process_memory_bytes"}
NOT_WITHOUT_THEM = {"dataloader-bottleneck", "memory-leak", "throughput-cliff", "out-of-memory"}
ARMS = ("log", "digest", "both")


def choose() -> None:
    """Draw the runs and write them with their key."""
    from fault_gym.running import OUTCOME, is_sound

    of: dict[str, list[tuple[Path, dict[str, object]]]] = {}
    for path in sorted((ROOT / "build" / "gym" / "held_out").glob(f"*/*/{OUTCOME}")):
        outcome = json.loads(path.read_text(encoding="utf-8"))
        if is_sound(outcome) and outcome["family"] != "programs":
            of.setdefault(str(outcome["planted"]), []).append((path.parent, outcome))
    draw = random.Random(0)
    causes = sorted(set(of) - NOT_WITHOUT_THEM - {"healthy"})
    chosen = [draw.choice(of[cause]) for cause in draw.sample(causes, NUM_FAULTY)]
    chosen += draw.sample(of["healthy"], NUM_HEALTHY)
    draw.shuffle(chosen)
    RUNS.mkdir(exist_ok=True)
    lines = ["run\tfamily\tscenario\tseverity\taccepted"]
    for number, (folder, outcome) in enumerate(chosen, 1):
        _without_process(folder / "log.csv", RUNS / f"{number:02d}.csv")
        accepted = outcome["accepted"]
        assert isinstance(accepted, list)
        lines.append("\t".join([
            f"{number:02d}", str(outcome["family"]), str(outcome["scenario"]),
            f"{outcome['severity']:g}", " ".join(map(str, accepted)),
        ]))  # fmt: skip
    KEY.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _without_process(log: Path, to: Path) -> None:
    with log.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    kept = [name for name in rows[0] if name not in OF_THE_PROCESS]
    with to.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, kept, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def lay_out(folder: Path, arm: str, third: int) -> None:
    """Put a third of the runs into an empty folder: their logs, their digests, or both."""
    from neural_trainer.diagnosis import diagnose
    from neural_trainer.render.report_brief import to_brief
    from neural_trainer.runs.read import read

    folder.mkdir(parents=True, exist_ok=False)
    for path in sorted(RUNS.glob("*.csv"))[third - 1 :: PARTS]:
        if arm != "digest":
            shutil.copy(path, folder / path.name)
        if arm != "log":
            run = read(path)
            text = to_brief(diagnose(run), run)
            told = [line for line in text.splitlines() if not line.startswith("next: ")]
            (folder / f"{path.stem}.txt").write_text("\n".join(told) + "\n", encoding="utf-8")


def main() -> int:
    """Choose or lay out; return 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("choose", "out"))
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--arm", choices=ARMS, default="both")
    parser.add_argument("--third", type=int, choices=range(1, PARTS + 1), default=1)
    arguments = parser.parse_args()
    if arguments.what == "choose":
        choose()
    elif arguments.folder is None:
        raise SystemExit("lay_out.py: out takes a folder that is not there yet")
    else:
        lay_out(arguments.folder, arguments.arm, arguments.third)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
