"""`diagnose --config --code --symptoms` from the outside: every form, exit codes, bad input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from example_logs import write
from planted_programs import SOUND, planted

from neural_trainer.cli import main


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write("healthy", tmp_path)
    write("diverging", tmp_path)
    (tmp_path / "train.py").write_text(planted("no-zero-grad"))
    (tmp_path / "sound.py").write_text(SOUND)
    (tmp_path / "config.yaml").write_text(yaml.safe_dump({"optimizer": {"name": "sgd", "lr": 9}}))
    return tmp_path


CODE = ["diagnose", "healthy.jsonl", "--code", "train.py"]
SEEN = "nothing in it clears the gradients"


@pytest.mark.parametrize("form", [[], ["--json"], ["--brief"]], ids=["text", "json", "brief"])
def test_what_the_code_says_is_printed_with_its_place(
    form: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*CODE, *form]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "train.py:30" in printed
    assert SEEN in printed
    assert "zero-grad-missing" in printed
    assert "stated ratios" in printed


@pytest.mark.parametrize("form", ["html", "markdown"])
def test_what_the_code_says_is_written_with_its_place(form: str, folder: Path) -> None:
    assert main([*CODE, f"--{form}", "page"]) == 0
    page = (folder / "page").read_text()
    assert "train.py:30" in page
    assert SEEN in page
    assert "Beside the log" in page


def test_the_exit_code_tells_what_the_code_brought_in() -> None:
    assert main(["diagnose", "healthy.jsonl", "--exit-code"]) == 0
    assert main(["diagnose", "healthy.jsonl", "--code", "sound.py", "--exit-code"]) == 0
    assert main([*CODE, "--exit-code"]) == 3
    assert main(["diagnose", "--exit-code", "--code", "train.py", "healthy.jsonl"]) == 3


def test_config_and_code_count_together(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["diagnose", "diverging.jsonl", "--json", "--code", "sound.py"]
    assert main([*arguments, "--config", "config.yaml"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert {fact["kind"] for fact in report["facts"]} == {"code", "config"}
    (said,) = [f for f in report["facts"] if f["kind"] == "config" and f["cause"] == "lr-too-high"]
    assert said["where"] == "config.yaml: optimizer.lr"
    assert said["times_likelier"] == 8
    pieces = [p for p in report["root_causes"][0]["weighed"] if p.get("where") == said["where"]]
    assert [piece["symptom"] for piece in pieces] == ["config lr"]


def test_code_is_read_and_never_run(folder: Path) -> None:
    text = (folder / "sound.py").read_text()
    (folder / "sound.py").write_text(f"open('canary', 'w').close()\n{text}")
    assert main(["diagnose", "healthy.jsonl", "--code", "sound.py"]) == 0
    assert not (folder / "canary").exists()


BAD = {
    "no-code": (["diagnose", "healthy.jsonl", "--code", "gone.py"], "gone.py does not exist"),
    "no-config": (["diagnose", "healthy.jsonl", "--config", "gone"], "gone: No such file"),
    "config-that-is-code": (
        ["diagnose", "healthy.jsonl", "--config", "train.py"], "train.py is no YAML or JSON",
    ),
    "code-of-two-runs": (
        ["diagnose", "healthy.jsonl", "diverging.jsonl", "--code", "train.py"],
        "--code takes one run; these logs hold 2",
    ),
    "words-and-a-page": (
        ["diagnose", "--symptoms", "NaN", "--html", "a"], "--html is of a run's log",
    ),
    "words-that-say-nothing": (["diagnose", "--symptoms", "help\nme"], "names no symptom"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_line_and_exit_1(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments, said = BAD[name]
    assert main(arguments) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert said in printed.err


@pytest.mark.parametrize(
    "arguments",
    [[], ["healthy.jsonl", "--symptoms", "NaN"], ["--code", "train.py"]],
    ids=["no-log", "words-and-a-log", "code-alone"],
)
def test_a_log_or_words_are_needed_and_not_both(arguments: list[str]) -> None:
    assert main(["diagnose", *arguments]) == 2


@pytest.mark.parametrize("form", [[], ["--json"], ["--brief"]], ids=["text", "json", "brief"])
def test_words_alone_name_causes_and_what_to_gather(
    form: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    words = "loss is NaN after 300 steps, lr 0.1"
    assert main(["diagnose", "--symptoms", words, *form]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "lr-too-high" in printed
    assert "needs" in printed
    assert "neural-trainer diagnose LOG --config FILE --code PATH" in printed
    assert main(["diagnose", "--symptoms", words, "--exit-code"]) == 4


def test_words_and_code_count_together(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["diagnose", "--symptoms", "the loss diverges", "--json"]
    assert main([*words, "--code", "train.py"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["root_causes"][0]["cause"] == "zero-grad-missing"
    assert report["verdict"] == "cannot_judge"
