"""The picture of one run says what its log says, in the room there is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .conftest import Drawn, Log, falling, widest


def run_folder(log: Log, rows: list[dict[str, Any]], **record: object) -> Path:
    """Write a run folder as the Monitor leaves it."""
    folder = log(rows, "runs/a/metrics.jsonl").parent
    (folder / "run.json").write_text(json.dumps(record))
    return folder


def alarm(state: str, name: str = "loss-diverging", step: int = 40) -> dict[str, object]:
    return {
        "id": name, "state": state, "step": step, "message": "loss rose to 3 at step 40.",
        "cause": "lr-too-high", "confidence": 0.75,
    }  # fmt: skip


def test_says_how_far_how_fast_and_how_long(log: Log, drawn: Drawn) -> None:
    run_folder(log, falling(1, 200), config={"training": {"steps": 1000}})
    text = drawn("runs/a")
    assert "step 200 of 1000 · 2 steps/s · 7 min left" in text  # 800 steps at 2 a second
    assert "20 %" in text
    table = text[: text.index("not logged")].splitlines()
    rows = {line.split()[0]: line.split() for line in table if line.strip()}
    # The median of the last ten of 4 / step is between 4/195 and 4/196.
    assert rows["loss"][1:6] == ["0.02", "0.02046", "0.02", "at", "200"]
    assert rows["lr"][1] == "0.001"
    assert rows["grad_norm"][1] == "1.5"
    assert text.rstrip().splitlines()[-1].strip() == "Next: neural-trainer diagnose runs/a"


def test_long_runs_are_told_to_the_step(log: Log, drawn: Drawn) -> None:
    log([{"step": 1_234_567 + s, "loss": 4 / s, "max_steps": 1} for s in range(1, 30)])
    assert "step 1234596 ·" in drawn("run.jsonl")


def test_says_what_it_cannot_tell(log: Log, drawn: Drawn) -> None:
    log([{"step": s, "loss": 4 / s} for s in range(1, 30)])
    text = drawn("run.jsonl")
    assert "time left: its length is not in the log" in text
    assert "not logged: eval/loss, lr, grad_norm, throughput" in text


NO_LENGTH = {
    "passed_already": {"max_steps": 100},
    "no_limit": {"max_steps": -1},
    "of_an_evaluation": {"evaluation": {"steps": 500}},
    "of_another_axis": {"num_epochs": 500},
    "a_word": {"max_steps": "many"},
    "a_switch": {"training": {"steps": True}},
    "no_number": {"max_steps": float("nan")},
}


@pytest.mark.parametrize("config", NO_LENGTH.values(), ids=NO_LENGTH)
def test_what_is_no_length_is_not_taken_for_one(
    config: dict[str, object], log: Log, drawn: Drawn
) -> None:
    run_folder(log, falling(1, 200), config=config)
    text = drawn("runs/a")
    assert "step 200 ·" in text
    assert "its length is not in the log" in text


def test_alarms_written_beside_the_log_stand_until_cleared(log: Log, drawn: Drawn) -> None:
    run_folder(log, falling(1, 200))
    rows = [alarm("raised"), alarm("raised", "lr-zero", 60), alarm("updated", step=90)]
    log(rows, "runs/a/alerts.jsonl")
    text = drawn("runs/a")
    assert "alarms: 2 (by alerts.jsonl)" in text
    assert "! loss-diverging since step 40: loss rose to 3 at step 40." in text
    assert "(likely" in text
    assert "lr-too-high, 75 %)" in text
    log([alarm("cleared"), alarm("cleared", "lr-zero")], "runs/a/alerts.jsonl", append=True)
    assert "alarms: none stand (by alerts.jsonl)" in drawn("runs/a")


def test_a_log_without_alarms_beside_it_is_diagnosed(log: Log, drawn: Drawn) -> None:
    rows = [{"step": s, "loss": 1 + 3 * s**-0.3} for s in range(1, 60)]
    rows += [{"step": s, "loss": 1.88 + 0.05 * (s - 60)} for s in range(60, 150)]
    log(rows)
    text = drawn("run.jsonl")
    assert "(by diagnosis)" in text
    assert "! loss-diverging since step" in text


def test_machine_that_launch_saw(log: Log, drawn: Drawn) -> None:
    run_folder(log, falling(1, 50))
    gpu = {
        "number": 0, "busy_percent": 97, "used_bytes": 60e9, "total_bytes": 80e9,
        "temperature_c": 71, "ecc_errors": None,
    }  # fmt: skip
    row = {"memory_bytes": 5e9, "cpu_percent": 140.0, "gpus": [gpu]}
    log([row | {"cpu_percent": 1.0}, row], "runs/a/.launch/machine.jsonl")
    text = drawn("runs/a")
    assert "machine: 5 GB of main memory, CPU 140 %" in text
    assert "GPU 0: 60 GB of 80 GB, busy 97 %, 71 °C" in text


TORN = {"not_json": "{", "a_list": "[1]\n", "text": '{"gpus": [{"number": "x"}]}\n', "empty": ""}


@pytest.mark.parametrize("content", TORN.values(), ids=TORN)
def test_machine_file_that_is_not_launchs(content: str, log: Log, drawn: Drawn) -> None:
    folder = run_folder(log, falling(1, 50))
    (folder / ".launch").mkdir()
    (folder / ".launch" / "machine.jsonl").write_text(content)
    assert "GPU" not in drawn("runs/a")


def test_run_that_has_ended(log: Log, drawn: Drawn) -> None:
    folder = run_folder(log, falling(1, 50), config={"max_steps": 60})
    (folder / "summary.json").write_text(json.dumps({"ended": "stopped by \x1b[31mme"}))
    text = drawn("runs/a")
    assert "ended: stopped by  [31mme" in text
    assert "left" not in text


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_fits_the_width(width: int, log: Log, drawn: Drawn) -> None:
    run_folder(log, falling(1, 200), config={"max_steps": 1000})
    log([alarm("raised")], "runs/a/alerts.jsonl")
    text = drawn("runs/a", width=width)
    assert widest(text) <= width
    assert widest(text) > width - 12  # the room is used


@pytest.mark.parametrize("height", [16, 24, 50])
def test_fits_the_height(height: int, log: Log, drawn: Drawn) -> None:
    log(falling(1, 200))
    lines = drawn("run.jsonl", height=height).rstrip().splitlines()
    assert len(lines) <= height
    assert lines[-1].startswith("Next: ")


def test_age_of_the_log(log: Log, drawn: Drawn) -> None:
    changed = log(falling(1, 50)).stat().st_mtime
    assert "last written just now" in drawn("run.jsonl", now_s=changed + 20)
    assert "last written 3 min ago" in drawn("run.jsonl", now_s=changed + 200)


SILENCES = {
    "lines_twice_a_second": (0.5, 599, 601),
    "lines_every_five_minutes": (300, 2990, 3010),
}


@pytest.mark.parametrize(("gap_s", "still_s", "silent_s"), SILENCES.values(), ids=SILENCES)
def test_silence_that_the_pace_does_not_explain(
    gap_s: float, still_s: float, silent_s: float, log: Log, drawn: Drawn
) -> None:
    rows = [{"step": s, "time": gap_s * s, "loss": 4 / s} for s in range(1, 60)]
    folder = run_folder(log, rows, config={"max_steps": 100})
    changed = (folder / "metrics.jsonl").stat().st_mtime
    goes_on = drawn("runs/a", now_s=changed + still_s)
    silent = drawn("runs/a", now_s=changed + silent_s)
    assert "longer than its pace explains" not in goes_on
    assert " left" in goes_on
    assert "longer than its pace explains" in silent
    assert " left" not in silent
