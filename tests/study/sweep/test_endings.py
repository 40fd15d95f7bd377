"""How a trial ended, from its run folder, and which trials are tried again."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from neural_trainer.runs.run import Run, Series
from neural_trainer.study.sweep.milestones import milestones, reached
from neural_trainer.study.sweep.run_ending import ending_of, standing_cause
from neural_trainer.study.sweep.settings import Objective
from neural_trainer.study.sweep.states import is_due_again

LOSS = Objective("eval/loss", "minimize")


def run(*values: float) -> Run:
    steps = np.arange(1.0, len(values) + 1)
    series = Series(steps, np.array(values))
    return Run(name="a", source="a", format="made", signals={"eval/loss": series})


WELL = run(*[3.0, 1.0, *[2.0] * 28])
CRASH = {"id": "code-fault", "cause": "a fault", "repeats": "always"}
ENDINGS: dict[str, tuple[dict[str, Any], Run | None, str, bool]] = {
    "complete": ({"ended": "it completed"}, WELL, "complete", False),
    "nan": ({"ended": "it completed"}, run(1.0, float("nan")), "infeasible", True),
    "no-signal": ({"ended": "it completed"}, None, "failed", True),
    "code-fault": ({"ended": "it crashed", "crash": CRASH}, WELL, "failed", True),
    "lost-gpu": (
        {"ended": "x", "crash": {**CRASH, "id": "gpu-failed", "repeats": "no"}}, WELL,
        "failed", False,
    ),
    "no-memory": (
        {"ended": "x", "crash": {**CRASH, "id": "cuda-out-of-memory"}}, WELL, "infeasible", True,
    ),
    "says-so": (
        {"ended": "x", "exit_code": 65, "crash": {**CRASH, "id": "unknown", "repeats": "no"}},
        None, "infeasible", True,
    ),
    "stopped": ({"ended": "stopped by SIGTERM"}, WELL, "preempted", False),
    "cut-short": ({"ended": "it ended; its exit code is not known"}, WELL, "preempted", False),
}  # fmt: skip


@pytest.mark.parametrize(("record", "logged", "state", "repeats"), ENDINGS.values(), ids=ENDINGS)
def test_ending(
    tmp_path: Path, record: dict[str, Any], logged: Run | None, state: str, repeats: bool
) -> None:
    (tmp_path / "summary.json").write_text(json.dumps({**record, "duration_s": 7.0}))
    ending = ending_of(tmp_path, logged, LOSS)
    assert (ending.state, ending.repeats, ending.duration_s) == (state, repeats, 7.0)
    assert (ending.value is not None) == (state == "complete")


@pytest.mark.parametrize(("at", "value"), [("end", 2.0), ("best", 1.0)])
def test_value_at_the_end_and_at_its_best(tmp_path: Path, at: Any, value: float) -> None:
    (tmp_path / "summary.json").write_text('{"ended": "it completed"}')
    ending = ending_of(tmp_path, WELL, Objective("eval/loss", "minimize", at))
    assert ending.value == value


def test_the_cause_of_an_alarm_that_stands(tmp_path: Path) -> None:
    alarms = [
        {"id": "hang", "state": "raised", "cause": "hang"},  # launch's own
        {"id": "loss-spike", "state": "raised", "cause": "bad-batch", "worse": 0},
        {"id": "loss-spike", "state": "cleared", "cause": "bad-batch", "worse": 0},
        {"id": "lr-jumps", "state": "raised", "cause": "unknown", "worse": 0},
    ]
    path = tmp_path / "alerts.jsonl"
    path.write_text("".join(f"{json.dumps(alarm)}\n" for alarm in alarms) + "{torn")
    assert standing_cause(tmp_path) == ""
    alarms.append({"id": "loss-diverging", "state": "raised", "cause": "lr-too-high", "worse": 0})
    path.write_text("".join(f"{json.dumps(alarm)}\n" for alarm in alarms))
    assert standing_cause(tmp_path) == "lr-too-high"


def attempt(number: int, state: str, repeats: bool = False) -> Any:
    name = {"complete": "COMPLETE", "pruned": "PRUNED", "running": "RUNNING"}.get(state, "FAIL")
    return SimpleNamespace(
        number=number, state=SimpleNamespace(name=name),
        user_attrs={"state": state, "repeats": repeats},
    )  # fmt: skip


AGAIN = {
    "complete": ([attempt(0, "complete")], set(), False),
    "pruned": ([attempt(0, "pruned")], set(), False),
    "running": ([attempt(0, "running")], set(), False),
    "infeasible": ([attempt(0, "infeasible")], set(), False),
    "failed": ([attempt(0, "failed")], set(), True),
    "preempted": ([attempt(0, "preempted")], set(), True),
    "would-repeat": ([attempt(0, "failed", repeats=True)], set(), False),
    "cap": ([attempt(n, "failed") for n in range(3)], set(), False),
    "bad-node": ([attempt(n, "failed", repeats=True) for n in range(3)], {0, 1, 2}, True),
    "two-of-three-blamed": ([attempt(n, "failed") for n in range(4)], {0}, False),
}


@pytest.mark.parametrize(("attempts", "blamed", "again"), AGAIN.values(), ids=AGAIN)
def test_which_places_are_tried_again(attempts: Any, blamed: set[int], again: bool) -> None:
    assert is_due_again(attempts, 2, blamed) == again


def test_milestones_are_the_same_for_all() -> None:
    assert list(milestones(10_000))[-1] == 10_000
    assert len(list(milestones(1e6))) < 125
    fine, coarse = run(*range(100)), run(*range(100))
    found = reached(fine, LOSS, 0)
    assert [step for step, _ in found] == [step for step, _ in reached(coarse, LOSS, 0)]
    assert [step for step, _ in reached(fine, LOSS, 50)] == [s for s, _ in found if s > 50]
    best = reached(fine, Objective("eval/loss", "maximize", "best"), 0)
    assert best[-1] == (100, 99.0)
    least = reached(fine, Objective("eval/loss", "minimize", "best"), 0)
    assert {value for _, value in least} == {0.0}
