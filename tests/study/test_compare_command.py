"""neural-trainer compare as it is typed: sides, several metrics, a margin, a picture."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from neural_trainer.cli import main

SEEDS = range(4)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two folders of four seeds each; the second ends 0.1 lower, and its accuracy where it was."""
    monkeypatch.chdir(tmp_path)
    for side, by in (("old", 0.0), ("new", -0.1)):
        Path(side).mkdir()
        for seed in SEEDS:
            generator = np.random.default_rng([seed, side == "new"])
            end = 2 + 0.2 * np.sin(seed) + by + 0.01 * generator.normal()
            accuracy = 0.8 + 0.05 * np.cos(seed) + 0.001 * generator.normal()
            rows = [
                f"{step},{end + 3 * max(0, 1 - step / 20)},{accuracy * min(1, step / 20)}"
                for step in range(1, 31)
            ]
            text = "step,val_loss,val_accuracy\n" + "\n".join(rows) + "\n"
            Path(side, f"seed{seed}.csv").write_text(text)
    return tmp_path


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["compare", *words]) == 0
    return capsys.readouterr().out


def test_folders_are_sides(capsys: pytest.CaptureFixture[str]) -> None:
    by_folder = json.loads(printed(capsys, "old", "new", "--json"))
    logs = [[f"{side}/seed{seed}.csv" for seed in SEEDS] for side in ("old", "new")]
    by_log = json.loads(printed(capsys, *logs[0], "--against", *logs[1], "--json"))
    assert by_folder["verdict"] == by_log["verdict"] == "better"
    assert by_folder["difference"] == by_log["difference"]
    assert (by_log["measure"], by_log["paired_by"], by_log["num_pairs"]) == ("eval/loss", "seed", 4)


def test_several_metrics_with_a_margin_and_a_picture(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["old", "--against", "new", "--metric", "eval/loss", "--metric", "eval/accuracy"]
    told = json.loads(printed(capsys, *words, "--margin", "1%", "--json", "--plot", "both.svg"))
    verdicts = {c["measure"]: c["verdict"] for c in told["comparisons"]}
    assert verdicts == {"eval/loss": "better", "eval/accuracy": "equivalent"}
    assert told["schema"] == "neural-trainer/comparisons/1"
    drawn = (folder / "both.svg").read_text()
    assert "before: seed0" in drawn
    assert "after: seed3" in drawn


def test_text_ends_with_the_command_to_run_next(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, "old", "--against", "new").splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[-1] == "Next: neural-trainer plot old new"
    assert main(lines[-1].split()[2:]) == 0


def test_a_metric_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "old", "new", "--metric", "eval/bleu"]) == 1
    assert capsys.readouterr().err == (
        "neural-trainer: seed0 has no eval/bleu; expected it in every run\n"
    )


def test_a_log_that_cannot_be_read_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "old", "gone"]) == 1
    assert "gone: no such file or folder" in capsys.readouterr().err
