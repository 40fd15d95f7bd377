"""Points from runs: a point a run, or a curve; what a run does not say is not guessed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from neural_trainer.errors import ReadError
from neural_trainer.runs.folder_files import METRICS_FILE, RUN_FILE
from neural_trainer.runs.read import read_all
from neural_trainer.runs.run import Run, Series
from neural_trainer.study.scaling.run_points import run_points

STEP = np.arange(1.0, 201)


def run(name: str = "a", params: float | None = 1e8, **signals: np.ndarray) -> Run:
    """Return a run whose loss falls to 2, with further signals at the same steps."""
    given = {"loss": 2 + 8 / STEP, **signals}
    series = {key: Series(STEP, value) for key, value in given.items()}
    config = {} if params is None else {"model": {"num_params": params}}
    return Run(name, name, "made", series, config=config)


KEY = {"params": "model.num_params"}


def test_a_point_a_run() -> None:
    points = run_points([run("a"), run("b", 2e8)], KEY, 1024, curves=False)
    assert points.columns["params"].tolist() == [1e8, 2e8]
    assert points.columns["tokens"].tolist() == [200 * 1024] * 2
    # The median of the last tenth: 20 steps, from 181 on.
    assert points.loss == pytest.approx(2 + 8 / 190.5, rel=1e-4)
    assert points.run is None


def test_a_held_out_loss_is_taken_as_it_ends() -> None:
    held_out = run("a", **{"eval/loss": 3 - STEP / 200})
    points = run_points([held_out], KEY, 1.0, curves=False)
    assert points.loss.tolist() == [2.0]


def test_a_curve_a_run() -> None:
    points = run_points([run("a"), run("b", 2e8)], KEY, 10, curves=True)
    assert len(points) == 400
    assert points.run is not None
    assert points.run[[0, -1]].tolist() == ["a", "b"]
    assert points.columns["tokens"][:3].tolist() == [10, 20, 30]


def test_a_signal_counts_tokens() -> None:
    counted = run("a", num_tokens=STEP * 4096)
    points = run_points([counted], KEY, None, curves=False)
    assert points.columns["tokens"].tolist() == [200 * 4096]


def test_a_run_that_ended_in_nan_keeps_it() -> None:
    lost = run("a", loss=np.where(STEP > 150, np.nan, 2 + 8 / STEP))
    assert np.isnan(run_points([lost], KEY, 1.0, curves=False).loss).all()


def test_run_folders_say_how_many_parameters_there_are(tmp_path: Path) -> None:
    for name, params in (("small", 1_000_000), ("large", 9_000_000)):
        folder = tmp_path / name
        folder.mkdir()
        (folder / RUN_FILE).write_text(json.dumps({"num_parameters": params}))
        rows = [{"step": int(s), "loss": 2 + 8 / s, "tokens": 512 * int(s)} for s in STEP]
        (folder / METRICS_FILE).write_text("".join(json.dumps(row) + "\n" for row in rows))
    points = run_points(read_all(tmp_path), {}, None, curves=False)
    assert sorted(points.columns["params"].tolist()) == [1e6, 9e6]
    assert points.columns["tokens"].tolist() == [200 * 512] * 2


REFUSED = {
    "no_parameters": (run(params=None), {}, 1.0, "does not say how many parameters"),
    "unknown_key": (run(), {"params": "model.size"}, 1.0, "expected model.size in"),
    "steps_alone": (run(), KEY, None, "counts steps, not tokens: give --tokens-per-step"),
    "no_loss": (run(), {**KEY, "loss": "perplexity"}, 1.0, "has no signal perplexity"),
}


@pytest.mark.parametrize(("given", "named", "per_step", "said"), REFUSED.values(), ids=REFUSED)
def test_what_a_run_does_not_say(
    given: Run, named: dict[str, str], per_step: float | None, said: str
) -> None:
    with pytest.raises(ReadError) as raised:
        run_points([given], named, per_step, curves=False)
    assert said in str(raised.value)
