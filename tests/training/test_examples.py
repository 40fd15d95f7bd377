"""The examples start as they stand, under the real judge, and it finds nothing in them."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest

from neural_trainer.live.run_folder import ALERTS_FILE, SUMMARY_FILE
from neural_trainer.runs.read import read

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_the_monitored_loop_learns_and_raises_no_alarm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    example = runpy.run_path(str(EXAMPLES / "monitored_loop.py"))
    example["main"]()
    run = read("runs/spirals")
    assert run.signals["eval/accuracy"].value[-1] > 0.95
    summary = json.loads(Path("runs/spirals", SUMMARY_FILE).read_text())
    assert summary["notes"] == []
    assert summary["verdict"] in ("healthy", "converged")
    assert not Path("runs/spirals", ALERTS_FILE).exists()
