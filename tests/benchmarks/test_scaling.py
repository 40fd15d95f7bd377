"""The benchmark of scaling laws: it misses what is wrong, and its oracles find what is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import scaling as bench

from neural_trainer.study.scaling.fit import fit
from neural_trainer.study.scaling.laws import PARAMETRIC
from neural_trainer.study.scaling.model import SumOfPowers


def made() -> SumOfPowers:
    """Return points of a known law, with noise of 0.5 %."""
    generator = np.random.default_rng(0)
    params = np.exp(generator.uniform(18, 23, 60))
    tokens = params * np.exp(generator.uniform(1, 5, 60))
    loss = 1.8 + 480 / params**0.35 + 2100 / tokens**0.37
    loss = loss * np.exp(generator.normal(0, 0.005, 60))
    return SumOfPowers(PARAMETRIC, {"params": params, "tokens": tokens}, loss)


def test_random_starts_end_at_the_optimum() -> None:
    model = made()
    assert bench.random_starts(model) == pytest.approx(fit(model).objective, rel=1e-3)


def test_a_parabola_finds_the_exponent_of_parabolas() -> None:
    rows = []
    for flops in np.geomspace(1e18, 1e21, 5):
        for size in np.linspace(-2, 2, 7):
            values = (flops, flops**0.6 * np.exp(size), np.exp(1 + 0.05 * size**2))
            told = (repr(float(value)) for value in values)
            rows.append(dict(zip(("flops", "n", "loss"), told, strict=True)))
    assert bench.parabola_exponent(rows) == pytest.approx(0.6)


@pytest.mark.parametrize(("reached", "code"), [(True, 0), (False, 1)], ids=["all", "one-missed"])
def test_the_exit_code_says_whether_an_answer_is_missed(
    reached: bool, code: int, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    answers = [("first", "1", True), ("second", "2", reached)]
    monkeypatch.setattr(bench, "PARTS", {"made": lambda data: iter(answers)})
    monkeypatch.setattr("sys.argv", ["scaling.py", "--data", str(tmp_path)])
    assert bench.main() == code
    assert ("MISSED" in capsys.readouterr().out) is not reached


def test_without_the_data_nothing_is_said_to_be_reached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["scaling.py", "--data", str(tmp_path / "none")])
    assert bench.main() == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "name the folder of the public data with --data" in shown.err
