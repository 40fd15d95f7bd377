"""The page of a sweep: one file, with plotly in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from neural_trainer.errors import NeuralTrainerError

optuna = pytest.importorskip("optuna")
pytest.importorskip("plotly")


def test_a_page_needs_no_network(tmp_path: Path) -> None:
    from neural_trainer.study.sweep.page import write_page

    study = optuna.create_study()
    study.optimize(lambda trial: float(trial.suggest_float("lr", 0, 1)), n_trials=3)
    text = write_page(study, tmp_path / "a.html").read_text()
    assert text.count("Plotly.newPlot(") >= 3
    assert "<script src=" not in text
    with pytest.raises(NeuralTrainerError, match=r"expected \.html"):
        write_page(study, tmp_path / "a.png")
