"""The examples with Accelerate, transformers and Lightning start as they stand and learn."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from library_python import ROOT, run_there

from neural_trainer.live.run_folder import ALERTS_FILE, RUN_FILE, SUMMARY_FILE
from neural_trainer.runs.read import read

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("name", "needs", "num_steps", "most_loss"),
    [
        # Half of what a guess would give: ln 2, ln 10, and the variance of a sine, 0.5.
        pytest.param("accelerate_loop", ("accelerate", "torch"), 256, 0.35, id="accelerate"),
        pytest.param("hf_trainer", ("transformers", "accelerate", "torch"), 240, 1.15, id="hf"),
        pytest.param("lightning_module", ("lightning", "torch"), 320, 0.25, id="lightning"),
    ],
)
def test_the_example_learns_and_raises_no_alarm(
    tmp_path: Path, name: str, needs: tuple[str, ...], num_steps: int, most_loss: float
) -> None:
    run_there(ROOT / "examples" / f"{name}.py", tmp_path, needs=needs)
    (folder,) = (tmp_path / "runs").iterdir()
    run = read(str(folder))
    assert run.signals["loss"].step.tolist() == list(range(1, num_steps + 1))
    assert run.signals["eval/loss"].value[-1] < most_loss
    assert len(run.signals["grad_norm"]) == num_steps
    summary = json.loads((folder / SUMMARY_FILE).read_text())
    assert summary["notes"] == []
    assert summary["verdict"] in ("healthy", "converged")
    assert not (folder / ALERTS_FILE).exists()
    assert json.loads((folder / RUN_FILE).read_text())["config"]
