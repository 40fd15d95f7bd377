"""trainer_state.json: rows of training, evaluation, prediction and the summary."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from neural_trainer.errors import ReadError
from neural_trainer.runs.read import read

HISTORY: list[dict[str, Any]] = [
    {"epoch": 0.0, "eval_loss": 2.5, "eval_runtime": 1.0, "step": 0},
    {"epoch": 0.5, "grad_norm": 3.5, "learning_rate": 2e-5, "loss": 1.5, "step": 10},
    {"epoch": 1.0, "grad_norm": 2.5, "learning_rate": 1e-5, "loss": 1.25, "step": 20},
    {"epoch": 1.0, "eval_loss": 1.75, "eval_accuracy": 0.5, "eval_runtime": 1.0, "step": 20},
    {"epoch": 1.0, "predict_loss": 1.875},
    {"epoch": 1.0, "step": 20, "train_loss": 1.375, "train_runtime": 60.0},
]


def written(folder: Path, history: object, **more: object) -> Path:
    path = folder / "trainer_state.json"
    path.write_text(json.dumps({"best_metric": None, "log_history": history, **more}, indent=2))
    return path


def test_history(tmp_path: Path) -> None:
    run = read(written(tmp_path, HISTORY, max_steps=20))
    points = {name: dict(zip(s.step, s.value, strict=True)) for name, s in run.signals.items()}
    assert points["loss"] == {10: 1.5, 20: 1.25}
    assert points["eval/loss"] == {0: 2.5, 20: 1.75}
    assert points["eval/accuracy"] == {20: 0.5}
    assert points["test/loss"] == {20: 1.875}
    assert points["train_loss"] == {20: 1.375}
    assert points["lr"] == {10: 2e-5, 20: 1e-5}
    assert run.config == {"max_steps": 20}
    assert run.logged_as["lr"] == "learning_rate"


def test_groups_of_evaluation_stay_apart(tmp_path: Path) -> None:
    rows = [{"step": 10 * i, "eval_g0_loss": 1.5, "eval_g1_loss": 2.5} for i in (1, 2)]
    run = read(written(tmp_path, rows))
    assert set(run.signals) == {"eval/loss/g0", "eval/loss/g1"}


def test_summary_alone_is_the_loss(tmp_path: Path) -> None:
    run = read(written(tmp_path, [{"step": 20, "train_loss": 1.375}]))
    assert run.signals["loss"].value.tolist() == [1.375]


def test_found_by_content(tmp_path: Path) -> None:
    path = tmp_path / "error.py"
    path.write_text(json.dumps({"log_history": HISTORY}))
    assert read(path).format == "trainer-state"


REFUSED = {
    "torn": ('{"log_history": [{"loss": 1.0, "step"', "torn or broken"),
    "empty-history": ('{"log_history": []}', "no numbers"),
    "no-list": ('{"log_history": 3}', "no numbers"),
    "no-object": ('{"x": "log_history"}\n["log_history"]', "torn or broken"),
}


@pytest.mark.parametrize(("text", "why"), REFUSED.values(), ids=REFUSED)
def test_refused(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "trainer_state.json"
    path.write_text(text)
    with pytest.raises(ReadError, match=why):
        read(path)


def test_torn_behind_some_rows(tmp_path: Path) -> None:
    path = tmp_path / "trainer_state.json"
    rows = [{"epoch": 0.5 * i, "learning_rate": 1e-5, "loss": 1 / i, "step": i} for i in (1, 2, 3)]
    whole = json.dumps({"global_step": 3, "log_history": rows, "max_steps": 9}, indent=2)
    path.write_text(whole[: whole.index('"step": 3')])
    run = read(path)
    assert run.signals["loss"].step.tolist() == [1, 2]  # the third has no step
    assert run.signals["loss"].value.tolist() == [1, 0.5]
    assert run.notes == ("the file ends too early: read up to the last comma",)
