"""Cells and columns: what counts as a number, nested objects, rows whose keys differ."""

from __future__ import annotations

import math

import numpy as np
import pytest

from neural_trainer.runs.columns import Columns, number

CELLS: dict[str, tuple[object, float | None]] = {
    "integer": (3, 3.0),
    "boolean": (True, 1.0),
    "huge-integer": (10**400, math.inf),
    "huge-negative-integer": (-(10**400), -math.inf),
    "number-as-text": (" 0.25 ", 0.25),
    "infinity": ("Infinity", math.inf),
    "negative-infinity": ("-inf", -math.inf),
    "gigabytes": ("6.29G", 6.29e9),
    "of-total": ("12/299", 12.0),
    "percent": ("50%", 50.0),
    "minutes": ("01:30", 90.0),
    "days": ("2 days, 01:00:00", 176400.0),
    "missing": (None, None),
    "not-available": ("N/A", None),
    "word": ("adam", None),
    "underscore": ("1_000", None),
    "empty": ("", None),
    "z-score": ("+nanz", None),
    "list": ([1], None),
}


@pytest.mark.parametrize(("cell", "expected"), CELLS.values(), ids=CELLS)
def test_cell(cell: object, expected: float | None) -> None:
    assert number(cell) == expected


@pytest.mark.parametrize("spelling", ["nan", "NaN", "-nan", " NAN "])
def test_nan_is_a_number_that_was_logged(spelling: str) -> None:
    value = number(spelling)
    assert value is not None
    assert math.isnan(value)


def test_columns_keep_the_rows_that_hold_them() -> None:
    columns = Columns()
    columns.add([{"a": 1, "b": None}, {"b": "nan"}, {"a": 2.5, "c": {"d": {"e": 7}}}])
    columns.add([{"c": {"d": {"e": 8}}, "text": "x"}])
    found = columns.columns()
    assert {name: column.row.tolist() for name, column in found.items()} == {
        "a": [0, 2],
        "b": [1],
        "c/d/e": [2, 3],
    }
    assert found["c/d/e"].value.tolist() == [7, 8]
    assert np.isnan(found["b"].value[0])


def test_rows_with_other_keys_keep_their_order() -> None:
    columns = Columns()
    columns.add([{"a": 0}, {"a": 1, "b": 1}, {"a": 2}, {"b": 3, "a": 3}])
    assert columns.columns()["a"].value.tolist() == [0, 1, 2, 3]


def test_mean_stands_for_a_statistic() -> None:
    columns = Columns()
    columns.add([{"Loss/G/loss": {"num": 32, "mean": 3.5, "std": 0.9}}])
    assert columns.columns()["Loss/G/loss"].value.tolist() == [3.5]


def test_what_is_no_metric() -> None:
    columns = Columns()
    deep: dict[str, object] = {"x": 1}
    for _ in range(50):
        deep = {"x": deep}
    columns.add([{"config": {"lr": 1}, "loss": {"0": 2.1, "1": 2.0}, "deep": deep, "list": [1]}])
    assert columns.columns() == {}


@pytest.mark.parametrize("expected", [0, 3, 5, 8, 900], ids=lambda n: f"{n}-rows")
def test_columns_hold_what_came_whatever_was_expected(expected: int) -> None:
    columns = Columns()
    columns.add([{"a": i, "b": -i} for i in range(4)])
    columns.expect(expected)
    before, taken = columns.copy(), columns.columns()
    columns.add([{"a": 4}, {"a": 5, "b": -5, "c": 1.5}])
    columns.expect(2 * expected)
    columns.add([{"a": i, "b": -i} for i in range(6, 200)])
    found = columns.columns()
    assert found["a"].value.tolist() == list(range(200))
    assert found["b"].row.tolist() == [0, 1, 2, 3, *range(5, 200)]
    assert found["b"].value.tolist() == [-row for row in found["b"].row.tolist()]
    assert (found["c"].row.tolist(), found["c"].value.tolist()) == ([5], [1.5])
    for early in (before.columns(), taken):
        assert early["b"].value.tolist() == [0, -1, -2, -3]
