"""The check of the signals that people named in public logs says what is missing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "calibration" / "public_logs.py"
LOG = "".join(f"step {i} | loss {1 + 1 / i} | lr 1e-3\n" for i in range(1, 201))


def _check(folder: Path, signals: list[str], num_points: int) -> subprocess.CompletedProcess[str]:
    (folder / "train.log").write_text(LOG)
    label = {"id": "one", "files": ["train.log"], "signals": signals, "n_points": num_points}
    (folder / "labels.jsonl").write_text(json.dumps(label) + "\n")
    command = [sys.executable, str(SCRIPT), "--signals", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_by_own_name_by_meaning_and_as_the_axis(tmp_path: Path) -> None:
    done = _check(tmp_path, ["loss", "learning_rate", "global_step"], 3)
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "nothing is missing")


def test_what_is_missing_is_listed(tmp_path: Path) -> None:
    done = _check(tmp_path, ["loss", "val_loss"], 3)
    assert done.returncode == 1
    assert done.stdout.splitlines()[0] == "one: 'val_loss' is not found"


def test_a_log_said_to_hold_one_point_must_not_be_judged(tmp_path: Path) -> None:
    done = _check(tmp_path, ["loss"], 1)
    assert done.returncode == 1
    assert done.stdout.startswith("one: 1 points, judged")


def test_naming_nothing_is_a_failure(tmp_path: Path) -> None:
    assert _check(tmp_path, [], 3).returncode == 1
