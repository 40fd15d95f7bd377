"""The CSV sink: what it writes is read back by pandas and by the readers, whatever appears late."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd
import pytest

from neural_trainer.live.sinks import csv_sink
from neural_trainer.runs.read import read


def test_a_row_a_step_and_a_column_for_what_appears_late(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "metrics.csv"
    sink = csv_sink(path)
    for step in range(1, 8):
        sink(step, {"loss": 1 / step, "lr": 0.1})
        if step % 3 == 0:
            sink(step, {"eval/loss": 2 / step})
    sink.close()
    table = pd.read_csv(path)
    assert list(table.columns) == ["step", "loss", "lr", "eval/loss"]
    assert table["step"].tolist() == list(range(1, 8))
    assert table["loss"].tolist() == [1 / step for step in range(1, 8)]
    assert table["eval/loss"].dropna().tolist() == [2 / 3, 2 / 6]
    run = read(str(path))
    assert run.signals["eval/loss"].step.tolist() == [3, 6]
    assert run.signals["loss"].value.tolist() == table["loss"].tolist()


def test_what_is_not_finite_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "metrics.csv"
    sink = csv_sink(path)
    for step, loss in enumerate((1.0, math.nan, math.inf, -math.inf)):
        sink(step, {"loss": loss})
    sink.close()
    values = read(str(path)).signals["loss"].value
    assert values.tolist()[0::2] == [1.0, math.inf]
    assert math.isnan(values[1])


def test_a_name_with_commas_and_quotes_is_one_column(tmp_path: Path) -> None:
    path = tmp_path / "metrics.csv"
    sink = csv_sink(path)
    sink(1, {'a, "b"\nc': 1.0})
    sink.close()
    assert list(pd.read_csv(path).columns) == ["step", 'a, "b"\nc']


@pytest.mark.parametrize("torn", ["", "3,0."], ids=["whole", "torn"])
def test_it_goes_on_with_the_table_that_is_there(tmp_path: Path, torn: str) -> None:
    path = tmp_path / "metrics.csv"
    first = csv_sink(path)
    first(1, {"loss": 1.0})
    first(2, {"loss": 0.5})
    first.close()
    with path.open("a") as file:
        file.write(torn)
    second = csv_sink(path)
    second(3, {"loss": 0.25, "lr": 0.1})
    second.close()
    table = pd.read_csv(path)
    assert table["step"].tolist() == [1, 2, 3]
    assert table["loss"].tolist() == [1.0, 0.5, 0.25]
    assert [entry.name for entry in tmp_path.iterdir()] == ["metrics.csv"]


def test_a_killed_run_has_lost_at_most_the_row_in_flight(tmp_path: Path) -> None:
    path = tmp_path / "metrics.csv"
    sink = csv_sink(path)
    for step in range(5):
        sink(step, {"loss": 1.0})
        if step:
            assert len(path.read_text().splitlines()) == 1 + step
    sink.close()
