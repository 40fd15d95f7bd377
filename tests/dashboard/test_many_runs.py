"""The table of several runs, and the runs of a project."""

from __future__ import annotations

from pathlib import Path

import pytest

from neural_trainer.dashboard.length import seconds_left, steps_per_s
from neural_trainer.dashboard.places import MOST_RUNS
from neural_trainer.live.registry import Registered, register
from neural_trainer.runs.read import read_all

from .conftest import Drawn, Log, falling, widest


@pytest.fixture
def runs(project: Path, log: Log) -> Path:
    """Three runs of the project: one well, one whose loss rises, one that lies elsewhere."""
    rising = [{"step": s, "loss": 1.88 + 0.05 * (s - 60)} for s in range(60, 150)]
    for number, (name, rows) in enumerate(
        {"well": falling(1, 90), "rising": falling(1, 59) + rising, "third": falling(1, 40)}.items()
    ):
        folder = log(rows, f"runs/{name}/metrics.jsonl").parent
        (folder / "run.json").write_text('{"config": {"max_steps": 400}}')
        register(project, Registered(folder, name, float(number)))
    return project


def test_a_row_for_each_run_the_newest_first(runs: Path, drawn: Drawn) -> None:
    text = drawn()
    lines = text.splitlines()
    assert lines[0].strip() == "3 runs, 1 with alarms that stand"
    assert [line.split()[0] for line in lines[2:5]] == ["third", "rising", "well"]
    assert "149/400" in lines[3]
    assert lines[3].split()[-1] != "0"
    assert lines[4].split()[-1] == "0"
    assert "! rising: loss-diverging since step" in text
    assert lines[-1].strip() == "Next: neural-trainer monitor --once runs/rising"
    assert "Next: neural-trainer monitor runs/rising" in drawn(height=30)


def test_a_run_by_its_name(runs: Path, drawn: Drawn) -> None:
    assert "step 90 of 400" in drawn("well")


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_fits_the_width(width: int, runs: Path, drawn: Drawn) -> None:
    text = drawn(width=width)
    assert widest(text) <= width
    assert "well" in text
    assert "loss" in text.splitlines()[1]


def test_more_runs_than_lines(project: Path, log: Log, drawn: Drawn) -> None:
    for number in range(30):
        log(falling(1, 10), f"logs/{number}.jsonl")
    lines = drawn("logs", height=20).rstrip().splitlines()
    assert len(lines) <= 20
    assert any("more: --json holds all" in line for line in lines)


def test_runs_left_out_are_counted(project: Path, drawn: Drawn) -> None:
    for number in range(MOST_RUNS + 3):
        register(project, Registered(project / f"{number}", f"run-{number}", float(number)))
    text = drawn()
    assert text.startswith(f"{MOST_RUNS} runs, none with alarms that stand; 3 older ones")
    assert f"run-{MOST_RUNS + 2}" in text


def test_no_runs_at_all(drawn: Drawn) -> None:
    text = drawn()
    assert text.startswith("No run is registered in this project.")
    assert "Next: neural-trainer launch" in text


def test_pace_without_a_clock_is_that_of_the_steps(log: Log) -> None:
    path = log(
        [{"step": s, "loss": 1 / s, "step_time_s": 0.25} for s in range(1, 50)], "a/log.jsonl"
    )
    (path.parent / "params.json").write_text('{"num_steps": 149}')
    (run,) = read_all(path)
    assert steps_per_s(run) == 4
    assert seconds_left(run) == 25
