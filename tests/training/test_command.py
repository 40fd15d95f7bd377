"""The command: what it prints, what --set and --resume do, and what it adds to the summary."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from neural_trainer.cli import main
from neural_trainer.live.run_folder import RUN_FILE, SUMMARY_FILE
from neural_trainer.runs.read import read

CONFIG = """
model: {num_layers: 1, num_heads: 2, width: 16, context: 16}
optimizer: {lr: 1.0e-2}
training: {steps: 12, batch_size: 8, eval_every: 4, threads: 1}
checkpoint: {every: 5}
"""


@pytest.fixture(autouse=True)
def config(project: Path) -> None:
    Path("train.yaml").write_text(CONFIG)


def test_the_report_ends_with_the_recommendation(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "train.yaml"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    *_, last = captured.out.strip().split("\n\n")
    summary = json.loads(Path("runs/train", SUMMARY_FILE).read_text())
    assert " ".join(last.split()) == summary["recommendation"]["sentence"]
    assert f"{summary['reproducibility']['held']} of " in captured.out
    for name, told in summary["reproducibility"]["open"].items():
        assert f"{name} {told}" in " ".join(captured.out.split())
    assert summary["recommendation"]["checkpoint"] == "runs/train/checkpoints/step-00000012"
    assert max(map(len, captured.out.splitlines())) <= 80


def test_json_is_the_summary_with_the_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "train.yaml", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told.pop("folder") == "runs/train"
    assert told == json.loads(Path("runs/train", SUMMARY_FILE).read_text())


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["--set", "training.steps=3", "optimizer.lr=0.5"], id="one-option"),
        pytest.param(["--set", "training.steps=3", "--set", "optimizer.lr=0.5"], id="two"),
    ],
)
def test_set_takes_one_change_or_many(words: list[str]) -> None:
    assert main(["train", "train.yaml", *words]) == 0
    kept = json.loads(Path("runs/train", RUN_FILE).read_text())["config"]
    assert (kept["training"]["steps"], kept["optimizer"]["lr"]) == (3, 0.5)


@pytest.mark.parametrize("again", [["train.yaml"], []], ids=["with-its-config", "by-itself"])
def test_resume_goes_on_in_the_same_folder(
    again: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "train.yaml", "--set", "run.name=whole"]) == 0
    assert main(["train", "train.yaml"]) == 0
    newest = Path("runs/train/checkpoints/step-00000012/model.safetensors")
    newest.write_bytes(newest.read_bytes()[:-1])
    capsys.readouterr()
    assert main(["train", *again, "--resume", "runs/train"]) == 0
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert "step-00000012/model.safetensors is cut off; looking for the one before it" in said[0]
    resumed, whole = read("runs/train").signals, read("runs/whole").signals
    for name in ("loss", "eval/loss"):
        assert resumed[name].step.tolist() == whole[name].step.tolist()
        assert resumed[name].value.tolist() == whole[name].value.tolist()
    assert not Path("runs/train-2").exists()


def test_a_checkpoint_that_was_moved_starts_a_run_of_its_own(project: Path) -> None:
    assert main(["train", "train.yaml"]) == 0
    Path("kept").mkdir()
    Path("runs/train/checkpoints").rename("kept/checkpoints")
    command = ["train", "train.yaml", "--resume", "kept/checkpoints/step-00000010"]
    assert main(command) == 0
    assert read("kept").signals["loss"].step.tolist() == [11, 12]
