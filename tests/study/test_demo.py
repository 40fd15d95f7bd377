"""The demo, whole: it raises an error itself where a step does not do what it promises."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from neural_trainer.errors import NeuralTrainerError
from neural_trainer.study.demo import PLANTED, demo, new_folder

pytest.importorskip("torch", reason="the demo trains")


def test_demo_goes_from_the_alarm_to_the_proof(tmp_path: Path) -> None:
    folder = tmp_path / "with a space"
    out = io.StringIO()
    demo(folder, out)
    told = out.getvalue()
    alarm, diagnosis = told.index("neural-trainer: run faulty, step"), told.index("2. Diagnose")
    assert alarm < diagnosis  # it came while the run was training
    assert f"[{PLANTED}]" in told
    assert "BETTER" in told
    assert (folder / "faulty.png").read_bytes()[:4] == b"\x89PNG"
    assert (folder / "before-after.png").read_bytes()[:4] == b"\x89PNG"
    assert PLANTED in (folder / "report.md").read_text()
    summary = json.loads((folder / "runs" / "fixed" / "summary.json").read_text())
    assert summary["verdict"] != "faulty"


def test_demo_does_not_write_into_a_folder_that_holds_something(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("kept")
    with pytest.raises(NeuralTrainerError, match="holds something already"):
        demo(tmp_path, io.StringIO())
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_new_folder_is_one_that_does_not_exist(tmp_path: Path) -> None:
    names = []
    for _ in range(3):
        new_folder(tmp_path / "demo").mkdir()
        names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["demo", "demo-2", "demo-3"]
