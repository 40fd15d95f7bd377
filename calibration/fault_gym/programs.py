"""Ordinary training scripts with a fault in their source, as scenarios: code can be judged too.

`calibration/programs/PART/` holds them, and in cases-*.json what is planted in each and which exact
replacements mend it. Each planted scenario has a healthy twin, the script mended, where its score
shows that it is sound; without a score nobody can tell what else it may have.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fault_gym.recorder import Recorder
from fault_gym.scenario import HEALTHY, Part, Scenario

FOLDER = Path(__file__).resolve().parents[1] / "programs"
CODE = "program.py"
"""The script as it ran, in the folder of the run."""
MENDED = " mended"
_RUNNER = Path(__file__).with_name("one_program.py")


def scenarios(part: Part) -> tuple[Scenario, ...]:
    """Return a scenario for each script, and one for each as it is mended."""
    found: list[Scenario] = []
    for manifest in sorted((FOLDER / part).glob("cases-*.json")):
        for about in json.loads(manifest.read_text(encoding="utf-8")):
            name, planted = about["name"], about["planted"]
            text = (FOLDER / part / f"{name}.py").read_text(encoding="utf-8")
            mended = _mended(name, text, about["mend"])
            goal = 0.5 if about["goal"] is None else float(about["goal"])
            shows = about["goal"] is not None
            run = _runs(text, mended, shows)
            found.append(Scenario(name, planted, run, goal, tuple(about["same_as"])))
            if planted != HEALTHY and shows:
                twin = _runs(mended, mended, shows)
                found.append(Scenario(name + MENDED, HEALTHY, twin, goal))
    return tuple(found)


def _mended(name: str, text: str, mend: list[list[str]]) -> str:
    for old, new in mend:
        if text.count(old) != 1:
            raise ValueError(f"{name}: {old!r} occurs {text.count(old)} times, expected once")
        text = text.replace(old, new)
    return text


def _runs(planted: str, mended: str, shows: bool) -> Callable[[Recorder, float], float]:
    """Return what runs a script. shows: whether its score tells the fault; else the text does."""

    def run(recorder: Recorder, severity: float) -> float:
        path = recorder.folder / CODE
        path.write_text(planted if severity else mended, encoding="utf-8")
        score = _score(recorder.folder)
        return score if shows else float(not severity)

    return run


def _score(folder: Path) -> float:
    """Run the script of a folder and return what it printed as its score.

    A process of its own: it may start workers, which those of a pool may not.
    """
    command: list[Any] = [sys.executable, _RUNNER, folder, folder.name.rpartition("-")[2]]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment)
    scores = [line for line in done.stdout.splitlines() if line.startswith("score: ")]
    if done.returncode or not scores:
        raise RuntimeError(f"exit {done.returncode}: {done.stderr[-500:]}")
    return float(scores[-1].removeprefix("score: "))
