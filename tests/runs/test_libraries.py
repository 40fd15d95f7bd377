"""Logs that the real libraries wrote are read to the numbers that were handed to them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neural_trainer.errors import ReadError
from neural_trainer.runs.read import read_all

FIXTURES = {
    path.parent.name: path
    for path in sorted((Path(__file__).parent / "fixtures" / "libraries").glob("*/expected.json"))
}


def expected(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(FIXTURES[name].read_text(encoding="utf-8"))
    return loaded


def test_there_are_fixtures() -> None:
    assert len(FIXTURES) >= 15


@pytest.mark.parametrize("name", FIXTURES)
def test_names_steps_and_values(name: str) -> None:
    want = expected(name)
    runs = read_all(FIXTURES[name].parent / want["log"])
    assert {run.format for run in runs} == {want["reader"]}
    assert len(runs) == len(want["runs"])
    for run, signals in zip(runs, want["runs"], strict=True):
        assert set(signals) <= set(run.signals)
        assert set(run.signals) - set(signals) <= set(want.get("others", ()))
        for signal, (step, value) in signals.items():
            np.testing.assert_array_equal(run.signals[signal].step, step, err_msg=signal)
            tolerance = {"rtol": want.get("rtol", 1e-12), "atol": want.get("atol", 0.0)}
            np.testing.assert_allclose(
                run.signals[signal].value, value, **tolerance, err_msg=signal
            )


@pytest.mark.parametrize("name", FIXTURES)
def test_cut_off_anywhere_it_is_read_as_far_as_it_goes(name: str, tmp_path: Path) -> None:
    source = FIXTURES[name].parent / expected(name)["log"]
    if source.is_dir():
        pytest.skip("a folder: its files are cut by the tests of their readers")
    whole = source.read_bytes()
    for share in np.linspace(0.05, 0.95, 7):
        cut = tmp_path / source.name
        cut.write_bytes(whole[: int(share * len(whole))])
        try:
            runs = read_all(cut)
        except ReadError:
            continue
        assert all(len(series) for run in runs for series in run.signals.values())
