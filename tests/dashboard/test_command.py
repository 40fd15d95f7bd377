"""`neural-trainer monitor` where stdout is no terminal: one picture, or one JSON object."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from neural_trainer.cli import main

from .conftest import Log, falling, widest


def test_prints_once_where_stdout_is_no_terminal(
    log: Log, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    log(falling(1, 50))
    assert main(["monitor", "run.jsonl", "--once"]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    assert widest(told.out) <= 80
    assert "\x1b" not in told.out
    monkeypatch.setenv("FORCE_COLOR", "1")  # colour is asked for, a terminal there is none
    assert main(["monitor", "run.jsonl"]) == 0
    assert "step 50" in capsys.readouterr().out


def test_json_holds_the_same(log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [*falling(1, 59), {"step": 60, "loss": float("nan")}]
    log(rows)
    assert main(["monitor", "run.jsonl", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "neural-trainer/monitor/1"
    (run,) = told["runs"]
    assert (run["step"], run["total_steps"], run["steps_per_s"]) == (60, None, 2)
    assert run["silent"] is False
    assert run["signals"]["loss"]["now"] is None
    assert run["signals"]["loss"]["best"] == 4 / 59
    assert [alarm["id"] for alarm in run["alarms"]["raised"]] == ["loss-nonfinite"]


def test_a_name_of_nothing_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["monitor", "nowhere"]) == 1
    assert "nowhere: no such log, folder or run" in capsys.readouterr().err


def test_nothing_that_can_be_read(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "empty.jsonl").write_text("")
    assert main(["monitor", "empty.jsonl"]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert len(told.err.splitlines()) == 1
    assert "cannot be read now" in told.err


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf", "soon"])
def test_intervals_that_are_none(seconds: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["monitor", "--every", seconds]) == 2
    assert "--every" in capsys.readouterr().err
