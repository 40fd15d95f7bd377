"""Sacred's metrics.json: steps of each metric, numpy's numbers, NaN, its configuration."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neural_trainer.errors import ReadError
from neural_trainer.runs.read import read

TIMES = [f"2024-05-01T10:00:{i:02d}.250000" for i in range(3)]


def metric(steps: list[int], values: list[Any]) -> dict[str, Any]:
    return {"steps": steps, "timestamps": TIMES[: len(steps)], "values": values}


def written(folder: Path, document: object) -> Path:
    path = folder / "metrics.json"
    path.write_text(json.dumps(document, indent=2))
    return path


def test_metrics_at_their_own_steps(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"lr": 0.1}')
    of_numpy = {"dtype": "float64", "py/object": "numpy.float64", "value": 0.25}
    document = {
        "training.loss": metric([0, 10, 20], [1.0, 0.5, of_numpy]),
        "validation.loss": metric([20], [0.75]),
        "rewards": metric([0, 10], [float("nan"), float("nan")]),
        "empty": metric([], []),
    }
    run = read(written(tmp_path, document))
    assert (run.name, run.format, run.config) == (tmp_path.name, "sacred", {"lr": 0.1})
    assert run.signals["loss"].value.tolist() == [1.0, 0.5, 0.25]
    assert run.signals["eval/loss"].step.tolist() == [20]
    assert np.isnan(run.signals["reward"].value).all()
    time = run.signals["loss"].time
    assert time is not None
    assert np.diff(time).tolist() == [1, 1]


def test_steps_that_stand_still(tmp_path: Path) -> None:
    run = read(written(tmp_path, {"loss": metric([0, 0, 0], [3.0, 2.0, 1.0])}))
    assert run.signals["loss"].step.tolist() == [0, 1, 2]
    assert run.axis == "row"
    assert "without steps" in run.notes[0]


def test_restart(tmp_path: Path) -> None:
    steps = [0, 10, 20, 30, 40, 0, 10, 20]
    stamps = [f"2024-05-01T10:00:{i:02d}" for i in range(8)]
    loss = {"steps": steps, "timestamps": stamps, "values": [9.0] * 5 + [1.0, 2.0, 3.0]}
    run = read(written(tmp_path, {"loss": loss}))
    assert run.signals["loss"].value.tolist() == [1.0, 2.0, 3.0]
    assert [event.kind for event in run.events] == ["resumed"]


REFUSED = {
    "torn": ('{"loss": {"steps": [1, 2', "torn or broken"),
    "no-value": ('{"loss": {"steps": [], "values": []}}', "without a value"),
    "no-lists": ('{"loss": {"steps": [1], "values": 3}}', "without a value"),
    "no-number": ('{"loss": {"steps": [1], "values": ["x"]}}', "without a value"),
}


@pytest.mark.parametrize(("text", "why"), REFUSED.values(), ids=REFUSED)
def test_refused(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "metrics.json"
    path.write_text(text)
    with pytest.raises(ReadError, match=why):
        read(path)
