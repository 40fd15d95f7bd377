"""Runs scenarios, each in a process of its own, and keeps what they wrote and scored.

The processes are forked from one that has imported torch, so that memory tells nothing of which
scenario it is; each works on one thread.
"""

from __future__ import annotations

import importlib
import json
import multiprocessing
import os
import random
import shutil
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from fault_gym.scenario import Part, families

OUTCOME = "outcome.json"
LONGEST = 120  # seconds that a scenario may take
_PATH = [
    str(Path(__file__).resolve().parents[1]),
    str(Path(__file__).resolve().parents[2] / "scripts"),
]


class Case(NamedTuple):
    """One scenario at one severity with one seed."""

    part: Part
    family: str
    scenario: str
    severity: float
    seed: int

    @property
    def folder(self) -> str:
        """Where it lies under the folder of all runs."""
        return f"{self.part}/{self.family}/{self.scenario}@{self.severity:g}-{self.seed}"


def cases(part: Part, seeds: Sequence[int], *, mended: bool = False, only: str = "") -> list[Case]:
    """Return every scenario at each severity and seed. mended: those with a fault at 0, instead.

    only: of the families and scenarios whose name, `family/scenario`, holds it.
    """
    return [
        Case(part, family, one.name, severity, seed)
        for family, scenarios in families(part)
        for one in scenarios
        if only in f"{family}/{one.name}" and not (mended and one.planted == "healthy")
        for severity in ((0.0,) if mended else one.severities)
        for seed in seeds
    ]


def run_all(wanted: Sequence[Case], root: Path, num_processes: int) -> Iterator[dict[str, Any]]:
    """Run what of `wanted` is not yet there, `num_processes` at a time; yield each outcome."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["fault_gym.preload"])
    os.environ["PYTHONPATH"] = os.pathsep.join([*_PATH, os.environ.get("PYTHONPATH", "")])
    missing = [case for case in wanted if not (root / case.folder / OUTCOME).exists()]
    for case in set(wanted) - set(missing):
        yield json.loads((root / case.folder / OUTCOME).read_text(encoding="utf-8"))
    with context.Pool(num_processes, maxtasksperchild=1) as pool:
        yield from pool.imap_unordered(_run, [(case, root) for case in missing])


def _run(work: tuple[Case, Path]) -> dict[str, Any]:
    """Run one case in this process; write and return its outcome."""
    import numpy as np
    import torch

    from fault_gym.recorder import Recorder

    case, root = work
    folder = root / case.folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.chdir(folder)
    torch.set_num_threads(1)
    torch.manual_seed(case.seed)
    np.random.seed(case.seed)
    random.seed(case.seed)
    warnings.simplefilter("ignore")
    module = importlib.import_module(f"fault_gym.{case.part}.{case.family}")
    (scenario,) = (one for one in module.SCENARIOS if one.name == case.scenario)
    recorder = Recorder(folder)
    signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(LONGEST)
    start, score, error = time.perf_counter(), None, ""
    try:
        score = float(scenario.run(recorder, case.severity))
        recorder.close()
    except Exception:
        error = traceback.format_exc(limit=-3)
    finally:
        signal.alarm(0)
    outcome = {
        **case._asdict(), "planted": scenario.planted if case.severity else "healthy",
        "accepted": list(scenario.accepted) if case.severity else ["healthy", "converged"],
        "score": score, "goal": scenario.goal, "seconds": time.perf_counter() - start,
        "error": error,
    }  # fmt: skip
    (folder / OUTCOME).write_text(json.dumps(outcome), encoding="utf-8")
    return outcome


def _too_long(*_: object) -> None:
    raise TimeoutError(f"longer than {LONGEST} seconds")


def is_sound(outcome: dict[str, Any]) -> bool:
    """Tell whether a fault was live, or a healthy or mended run reached its goal."""
    if outcome["error"] or outcome["score"] is None:
        return False
    reached = outcome["score"] >= outcome["goal"]
    return bool(reached == (outcome["planted"] == "healthy"))


if str(_PATH[0]) not in sys.path:
    sys.path[:0] = _PATH
