"""Several logs at once: the good ones are shown beside a bad one, and many fit a screen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from neural_trainer.cli import main


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for number in range(60):
        rows = (f"{step},{step**-0.3 + number},{1 / number if number else 'nan'}\n"
                for step in range(1, 60))  # fmt: skip
        name = f"run-{number:02d}-of-a-name-that-is-long-and-differs-at-its-end-{number}"
        home = Path("sweep") / name
        home.mkdir(parents=True)
        (home / "metrics.csv").write_text("step,loss,own\n" + "".join(rows))
    Path("empty.csv").touch()
    Path("good.csv").write_text("step,loss\n" + "".join(f"{i},{1 / i}\n" for i in range(1, 99)))
    return tmp_path


@pytest.mark.parametrize("verb", ["diagnose", "curves", "plot"])
@pytest.mark.parametrize("options", [(), ("--json",)], ids=["text", "json"])
def test_a_bad_log_hides_no_good_one(
    verb: str, options: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([verb, "good.csv", "empty.csv", *options]) == 1
    shown = capsys.readouterr()
    assert shown.err == (
        "neural-trainer: 1 of 2 logs cannot be read: empty.csv: is empty; "
        "nothing was logged so far\n"
    )
    if options:
        assert json.loads(shown.out)["schema"].startswith("neural-trainer/")
    else:
        assert "good" in shown.out or "1 run" in shown.out


def test_an_unread_log_fails_the_command_whatever_the_verdict_of_the_others() -> None:
    assert main(["diagnose", "good.csv", "empty.csv", "--exit-code"]) == 1


def test_the_only_log_being_bad_is_said_as_before(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["curves", "empty.csv"]) == 1
    assert capsys.readouterr() == (
        "", "neural-trainer: empty.csv: is empty; nothing was logged so far\n"
    )  # fmt: skip


def test_many_runs_are_a_table_a_signal(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["curves", "sweep"]) == 0
    text = capsys.readouterr().out
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[2] == "loss: 60 of 60 runs, best at its end first"
    assert lines[5].startswith("run-00-of")
    assert lines[5].split()[0].endswith("-end-0")
    assert "… and 20 more: --json and --csv hold all" in lines
    assert "… and 1 more signals: --signal NAME shows one" in lines
    assert lines[-1] == "Next: neural-trainer diagnose sweep"


def test_of_many_runs_one_without_the_signal_is_left_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["curves", "sweep", "good.csv", "--signal", "own"]) == 0
    assert "own: 60 of 61 runs" in capsys.readouterr().out
    assert main(["curves", "good.csv", "sweep", "--signal", "nothing"]) == 1
    assert "has no signal 'nothing'" in capsys.readouterr().err


def test_a_run_that_ends_in_nan_is_not_the_best(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "sweep" / "nan.csv").write_text("step,loss\n1,0\n2,0\n3,0\n4,nan\n")
    assert main(["curves", "sweep", "--csv", "all.csv"]) == 0
    assert "nan " not in capsys.readouterr().out.splitlines()[5]
    assert (folder / "all.csv").read_text().count("nan,loss") == 4


@pytest.mark.parametrize("verb", ["diagnose", "curves", "plot", "compare"])
def test_what_was_told_ends_with_the_command_to_run_next(
    verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    logs = ["good.csv"] if verb != "compare" else ["good.csv", "good.csv"]
    calls = [logs, ["sweep"]] if verb != "compare" else [logs]
    if verb == "plot":
        calls.append(["sweep", "--term"])
    for words in calls:
        assert main([verb, *words]) == 0
        last = capsys.readouterr().out.splitlines()[-1]
        assert last.startswith("Next: neural-trainer ")
        assert main(last.split()[2:]) == 0
        capsys.readouterr()


def test_a_long_list_of_logs_is_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    logs = [str(path) for path in sorted(Path("sweep").iterdir())]
    assert main(["curves", *logs]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "Next: neural-trainer diagnose LOG …"
