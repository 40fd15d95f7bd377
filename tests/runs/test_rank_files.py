"""The files of other ranks in a run folder: signals of the one run, never runs of their own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from neural_trainer.diagnosis import diagnose
from neural_trainer.runs import rank_files
from neural_trainer.runs.read import read, read_all


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def steps(**metrics: float) -> list[dict[str, Any]]:
    return [
        {"step": i, "time": 1e9 + i, **{k: v + i for k, v in metrics.items()}} for i in range(1, 31)
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    run = tmp_path / "runs" / "a"
    write(run / "metrics.jsonl", steps(loss=1.0, grad_norm=2.0, lr=0.1))
    (run / "run.json").write_text('{"config": {"lr": 0.1}}')
    write(run / "rank-1.jsonl", steps(loss=10.0, grad_norm=20.0, lr=0.1, step_time_s=0.5))
    write(run / "rank-12.jsonl", steps(loss=5.0, **{"grad_norm/local": 7.0}))
    return run


def test_what_other_ranks_recorded_is_a_part_of_the_run(folder: Path) -> None:
    run = read(folder)
    assert run.signals["loss"].value[0] == 2.0
    of_ranks = {name: series.value[0] for name, series in run.signals.items() if "rank" in name}
    assert of_ranks == {
        "rank/1/loss": 11.0, "rank/1/grad_norm": 21.0, "rank/1/step_time_s": 1.5,
        "rank/12/loss": 6.0, "rank/12/grad_norm/local": 8.0,
    }  # fmt: skip
    assert run.logged_as["rank/1/loss"] == "rank/1/loss"
    assert run.notes == ()


def test_they_are_no_runs_of_their_own(folder: Path) -> None:
    assert [run.name for run in read_all(folder)] == ["a"]
    assert [run.name for run in read_all(folder.parent)] == ["a"]


def test_the_diagnosis_is_that_of_rank_0(folder: Path) -> None:
    with_ranks = diagnose(read(folder))
    for path in folder.glob("rank-*"):
        path.unlink()
    alone = diagnose(read(folder))
    assert with_ranks.verdict == alone.verdict
    told = [(cause.cause, cause.confidence) for cause in with_ranks.root_causes]
    assert told == [(cause.cause, cause.confidence) for cause in alone.root_causes]


def test_a_file_that_is_broken_or_empty_leaves_the_rest(folder: Path) -> None:
    (folder / "rank-2.jsonl").write_bytes(b"\x00\x01 no line")
    (folder / "rank-3.jsonl").write_bytes(b"")
    (folder / "rank-4.jsonl.bak").write_text("no such file")
    run = read(folder)
    assert "rank/1/loss" in run.signals
    (note,) = run.notes
    assert "rank-2.jsonl" in note


def test_of_many_ranks_the_first_are_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rank_files, "MOST_RANKS", 1)
    run = read(folder)
    assert "rank/1/loss" in run.signals
    assert "rank/12/loss" not in run.signals
    assert "of 2 ranks besides 0 the first 1 are read" in run.notes
