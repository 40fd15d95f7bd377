"""JSON lines: bare NaN, torn and bad lines, and the layouts of known writers."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from neural_trainer.runs.read import read


def test_own_metrics(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    rows = [
        {"step": 1, "time": 1.7e9, "loss": 2.5, "lr": 0.1, "grad_norm": 3.0},
        {"step": 2, "time": 1.7e9 + 1, "loss": "nan", "lr": 0.1, "grad_norm": "inf"},
        {"step": 2, "time": 1.7e9 + 2, "eval/loss": "-inf"},
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    run = read(path)
    assert run.name == tmp_path.name
    assert run.axis == "step"
    assert set(run.signals) == {"loss", "lr", "grad_norm", "eval/loss"}
    assert math.isnan(run.signals["loss"].value[1])
    assert run.signals["grad_norm"].value.tolist() == [3.0, math.inf]
    assert run.signals["eval/loss"].value.tolist() == [-math.inf]
    assert run.signals["loss"].time is not None
    assert run.signals["loss"].time.tolist() == [1.7e9, 1.7e9 + 1]
    assert run.notes == ()


def test_each_phase_has_its_signals(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    rows = [
        {"epoch": e, "phase": phase, "loss": e + 0.25 * i, "lr": 0.5}
        for e in range(40)
        for i, phase in enumerate(("train", "val", "test")[: 3 if e % 2 else 2])
    ]
    path.write_text('{"seed": 3}\n' + "".join(json.dumps(row) + "\n" for row in rows))
    run = read(path)
    assert run.axis == "epoch"
    assert run.signals["loss"].value.tolist() == [float(e) for e in range(40)]
    assert run.signals["eval/loss"].value.tolist() == [e + 0.25 for e in range(40)]
    assert run.signals["test/loss"].step.tolist() == [float(e) for e in range(1, 40, 2)]
    assert len(run.signals["lr"]) == 40


@pytest.mark.parametrize("said", [("train", "train"), ("train", "warmup"), ("train", None)])
def test_phases_that_some_objects_do_not_name(tmp_path: Path, said: tuple[str | None, ...]) -> None:
    path = tmp_path / "log.jsonl"
    rows = [{"step": i, "stage": stage, "loss": 0.5} for i, stage in enumerate(said)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    run = read(path)
    assert {name: len(s) for name, s in run.signals.items()} == {"loss": 2}


def test_values_survive_exactly(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    values = np.concatenate([rng.normal(size=5000), [1e-320, 1.7e308, -0.0]])
    path = tmp_path / "a.jsonl"
    path.write_text(
        "".join(f'{{"step": {i}, "loss": {v!r}}}\n' for i, v in enumerate(values.tolist()))
    )
    run = read(path)
    np.testing.assert_array_equal(run.signals["loss"].value, values)
    np.testing.assert_array_equal(run.signals["loss"].step, np.arange(len(values)))


FIRST = '{"step": 1, "loss": 1}\n'
WRITTEN: dict[str, tuple[str, dict[str, list[float]], str]] = {
    "bare-nan": (FIRST + '{"step": 2, "loss": NaN, "lr": -Infinity}\n', {"lr": [2]}, ""),
    "null-is-missing": (FIRST + '{"step": 2, "loss": null}\n', {"loss": [1]}, ""),
    "no-newline-at-the-end": (FIRST + '{"step": 2, "loss": 2}', {"loss": [1, 2]}, ""),
    "torn-last-line": (FIRST + '{"step": 2, "lo', {"loss": [1]}, "line 2, the last"),
    "bad-lines": (
        '{"step": 1, "loss": 1}\noops\n[1]\n"x"\n{"step": 2, "loss": 2}\n',
        {"loss": [1, 2]},
        "left out: 1 (2)",
    ),
    "two-objects-on-a-line": (
        '{"step": 1, "loss": 1}\n{"step": 2}, {"step": 3}\n{"step": 4, "loss": 2}\n',
        {"loss": [1, 4]},
        "left out: 1 (2)",
    ),
    "blank-lines-and-comments": ('\n# x\n{"step": 1, "loss": 1}\n\n', {"loss": [1]}, ""),
    "windows-newlines": ((FIRST * 2).replace("\n", "\r\n"), {"loss": [1]}, ""),
    "zeros-after-a-crash": (FIRST + "\0" * 100, {"loss": [1]}, "line 2, the last"),
    "mmdet": (
        '{"env_info": "x", "seed": 0}\n{"mode": "train", "epoch": 1, "iter": 50, "loss": 1}\n'
        '{"mode": "train", "epoch": 1, "iter": 100, "loss": 1}\n'
        '{"mode": "val", "epoch": 1, "iter": 9, "bbox_mAP": 0.1}\n'
        '{"mode": "train", "epoch": 2, "iter": 50, "loss": NaN}\n',
        {"loss": [50, 100, 150], "eval/bbox_mAP": [100]},
        "before the first",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("written", "steps", "note"), WRITTEN.values(), ids=WRITTEN)
def test_written(tmp_path: Path, written: str, steps: dict[str, list[float]], note: str) -> None:
    path = tmp_path / "log.json"
    path.write_bytes(written.encode())
    run = read(path)
    for name, at in steps.items():
        assert run.signals[name].step.tolist() == at
    assert bool(run.notes) is bool(note)
    assert note in " ".join(run.notes)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_other_encodings(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text('{"step": 1, "loss": 0.5}\n', encoding=encoding)
    assert read(path).signals["loss"].value.tolist() == [0.5]


def test_settings_in_the_rows_are_config(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    path.write_text('{"training_iteration": 1, "config": {"lr": 0.1}, "episode_reward_mean": 2}\n')
    run = read(path)
    assert run.config == {"lr": 0.1}
    assert set(run.signals) == {"reward"}


def test_a_line_beyond_memory_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neural_trainer.runs.lines.LONGEST_LINE", 1000)
    monkeypatch.setattr("neural_trainer.runs.lines._BLOCK", 300)
    path = tmp_path / "log.jsonl"
    long = '{"step": 2, "loss": 2, "x": "' + "y" * 5000 + '"}\n'
    path.write_text('{"step": 1, "loss": 1}\n' + long + '{"step": 3, "loss": 3}\n')
    run = read(path)
    assert run.signals["loss"].step.tolist() == [1, 3]
    assert "left out: 1 (2)" in run.notes[0]


def test_a_damaged_first_line_costs_itself_alone(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text('{"step": 1, "loss": 1}\x1b{"step": 2, "loss": 2}\n{"step": 3, "loss": 3}\n')
    run = read(path)
    assert run.signals["loss"].step.tolist() == [3]
    assert "left out: 1 (1)" in run.notes[0]
