"""`diagnose` from the outside: exit codes, errors of one line, several runs, the mended config."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import yaml
from example_logs import write

from neural_trainer.cli import main


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_exit_codes_tell_the_verdict_only_when_asked(folder: Path) -> None:
    write("diverging", folder)
    write("healthy", folder)
    (folder / "short.jsonl").write_text('{"step": 1, "loss": 2.0}\n')
    assert main(["diagnose", "diverging.jsonl"]) == 0
    assert main(["diagnose", "diverging.jsonl", "--exit-code"]) == 3
    assert main(["diagnose", "short.jsonl", "--exit-code"]) == 4
    assert main(["diagnose", "healthy.jsonl", "--exit-code"]) == 0
    assert main(["diagnose", "healthy.jsonl", "short.jsonl", "diverging.jsonl", "--exit-code"]) == 3


BAD = {
    "missing-file": (None, "no such file"),
    "empty-file": (b"", "is empty"),
    "binary": (bytes(range(256)) * 8, "binary file in no format"),
    "table-of-text": (b"name,city\nbob,paris\nann,rome\n", "without columns of numbers"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line_and_exit_1(
    case: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content, said = BAD[case]
    if content is not None:
        (folder / "log.csv").write_bytes(content)
    assert main(["diagnose", "log.csv"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("neural-trainer: log.csv: ")
    assert printed.err.count("\n") == 1
    assert said in printed.err


def test_folder_without_logs_is_one_line_and_exit_1(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "nothing").mkdir()
    assert main(["diagnose", "nothing"]) == 1
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("log", "lacks"),
    [
        ('{"step": 1, "loss": 2.0}\n', "needs 5 points of loss, has 1"),
        ('{"step": 1, "foo": 2}\n{"step": 2, "foo": 3}\n', "no loss and no reward"),
    ],
    ids=["one-point", "no-loss"],
)
def test_too_little_cannot_be_judged(
    log: str, lacks: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "log.jsonl").write_text(log)
    assert main(["diagnose", "log.jsonl", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["verdict"] == "cannot_judge"
    assert lacks in report["reason"]
    assert report["root_causes"] == []


def test_several_runs_are_a_table_and_a_list(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write("diverging", folder)
    write("healthy", folder)
    assert main(["diagnose", "diverging.jsonl", "healthy.jsonl"]) == 0
    table = capsys.readouterr().out.splitlines()
    assert table[0].split() == ["verdict", "first", "cause", "conf.", "from", "run"]
    verdict, cause, confidence, axis, step, run = table[1].split()
    assert (verdict, cause, axis, run) == ("FAULTY", "lr-too-high", "step", "diverging")
    assert 0 < int(confidence.strip(">%")) < 100
    assert 57 <= int(step) <= 102  # where the loss turned, and where that could be told
    assert table[2].split() == ["healthy", "healthy"]
    assert table[3:] == [
        "", "2 runs: 1 healthy, 1 FAULTY.", "Next: neural-trainer diagnose diverging.jsonl"
    ]  # fmt: skip
    assert main(["diagnose", "diverging.jsonl", "healthy.jsonl", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert [run["run"] for run in report["runs"]] == ["diverging", "healthy"]


def test_write_config_sets_the_fix_and_keeps_the_rest(folder: Path) -> None:
    log = write("diverging", folder)
    run = folder / "runs" / "a"
    run.mkdir(parents=True)
    log.rename(run / "metrics.jsonl")
    config = {"optimizer": {"lr": 0.1, "name": "adamw"}, "training": {"steps": 150}}
    (run / "run.json").write_text(json.dumps({"config": config}))
    assert main(["diagnose", "runs/a", "--write-config", "fixed.yaml"]) == 0
    fixed = yaml.safe_load((folder / "fixed.yaml").read_text())
    assert 0 < fixed["optimizer"].pop("lr") < 0.06  # the loss turned at 0.06
    assert fixed == {"optimizer": {"name": "adamw"}, "training": {"steps": 150}}


def test_write_config_of_a_healthy_run_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write("healthy", folder)
    assert main(["diagnose", "healthy.jsonl", "--write-config", "fixed.yaml"]) == 1
    assert "wants a faulty run" in capsys.readouterr().err
    assert not (folder / "fixed.yaml").exists()


def test_control_characters_of_a_log_stay_out_of_the_output(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = folder / "a\x1b[31mb.jsonl"
    hostile.write_text('{"step": 1, "\\u001b]0;x\\u0007": 2.0, "loss": 1}\n')
    assert main(["diagnose", str(hostile)]) == 0
    assert "\x1b" not in capsys.readouterr().out
    assert main(["curves", str(hostile)]) == 0
    assert "\x1b" not in capsys.readouterr().out


def test_a_reader_that_goes_away_is_no_traceback(folder: Path) -> None:
    log = write("healthy", folder)
    read_end, write_end = os.pipe()
    os.close(read_end)
    import subprocess
    import sys

    script = Path(__file__).parents[2] / "scripts" / "diagnose.py"
    done = subprocess.run(
        [sys.executable, str(script), str(log)], stdout=write_end, stderr=subprocess.PIPE
    )
    os.close(write_end)
    assert b"Traceback" not in done.stderr
