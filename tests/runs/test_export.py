"""The tidy table of runs, and the files that it is written to."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from neural_trainer.errors import MissingPackage, NeuralTrainerError
from neural_trainer.runs.export import to_table, write_csv, write_parquet
from neural_trainer.runs.read import read
from neural_trainer.runs.run import Run, Series

LOSS = Series(np.array([1.0, 2.0, 3.0]), np.array([2.5, np.nan, 0.1]))
HELD_OUT = Series(np.array([3.0]), np.array([0.2]))
RUN = Run("a", "a", "json-lines", {"loss": LOSS, "eval/loss": HELD_OUT})


def test_a_row_for_each_value() -> None:
    table = to_table([RUN, Run("empty", "e", "x", {})])
    assert list(table.columns) == ["run", "signal", "step", "value"]
    assert table.signal.tolist() == ["loss"] * 3 + ["eval/loss"]
    np.testing.assert_array_equal(table.value, [2.5, np.nan, 0.1, 0.2])


def test_csv_keeps_nan_and_every_digit(tmp_path: Path) -> None:
    import pandas as pd

    write_csv([RUN], tmp_path / "a.csv")
    assert "nan" in (tmp_path / "a.csv").read_text()
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "a.csv"), to_table([RUN]))


def test_no_runs_are_an_empty_table() -> None:
    assert len(to_table([])) == 0


def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(NeuralTrainerError, match=r"cannot be written: [^N]"):  # not: None
        write_csv([RUN], tmp_path / "no" / "a.csv")


def test_a_pyarrow_that_pandas_does_not_take_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", ModuleType("pyarrow"))  # without a version
    with pytest.raises(MissingPackage, match="-m pip install pyarrow"):
        write_parquet([RUN], tmp_path / "a.parquet")


def test_parquet_round_trips_or_says_what_it_needs(tmp_path: Path) -> None:
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        with pytest.raises(MissingPackage, match="pip install pyarrow"):
            write_parquet([RUN], tmp_path / "a.parquet")
        return
    import pandas as pd

    write_parquet([RUN], tmp_path / "a.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "a.parquet"), to_table([RUN]))


def test_a_log_is_exported_as_it_was_read(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_text('{"step": 1, "loss": 2.0}\n{"step": 2, "loss": 1.0}\n')
    table = to_table([read(tmp_path / "log.jsonl")])
    assert table.value.tolist() == [2.0, 1.0]
