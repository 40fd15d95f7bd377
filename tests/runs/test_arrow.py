"""Large logs read by pyarrow: the Runs are those read without it; a small one imports none."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pyarrow.compute  # noqa: F401 (else what follows would compare the slower way with itself)
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_alike import assert_same, json_lines, patched, table, told

from neural_trainer.runs import arrow
from neural_trainer.runs.grid import Grid, grid

SCRIPTS = Path(arrow.__file__).resolve().parents[2]
BY_PYARROW = {
    "neural_trainer.runs.arrow.LARGE": 0,
    "neural_trainer.runs.arrow.LARGE_LINES": 0,
}


def numbers(seed: int) -> str:
    """Return a table of numbers in the spellings that loops write, with few other cells.

    Its lines end as those of all systems do, those of old Macs too.
    """
    rng = random.Random(seed)
    delimiter = rng.choice([",", ",", "\t", ";", "|"])
    forms = [
        lambda: repr(rng.gauss(0, 1)),
        lambda: repr(rng.gauss(0, 1) * 10.0 ** rng.randint(-320, 308)),
        lambda: f"{rng.random():.{rng.randint(0, 40)}{rng.choice('feg')}}",
        lambda: str(rng.randint(-99, 10 ** rng.randint(1, 30))),
        lambda: rng.choice(["", "", "0.5", "nan", "-inf", "inf", "NaN", "-0.0", "-nan", "1e999"]),
        lambda: f"  {rng.random():8.5f} ",
        lambda: rng.choice([".5", "5.", "1E3", "007", "1e-999", "Infinity"]),
    ]
    columns = [rng.choice(forms) for _ in range(rng.randint(1, 6))]
    lines = [delimiter.join(["step", *(f"m{i}" for i in range(len(columns)))])]
    for step in range(rng.choice([3, 60, 400])):
        lines.append(delimiter.join([str(step), *(form() for form in columns)]))
        if rng.random() < 0.005:
            lines.append(rng.choice([delimiter * len(columns), "+1", " ", "#", lines[0], "nan(1)"]))
    end = rng.choice(["\n", "\r\n", "\r\n", "\r"])
    if rng.random() < 0.1:
        lines[-1] = lines[-1].replace(delimiter, rng.choice(["\r", "\r\r\n"]) + delimiter, 1)
    return end.join(lines) + rng.choice(["", end, "\n", "\r\n"])


@contextmanager
def taken() -> Iterator[list[bool]]:
    """Have tables read by pyarrow; yield whether it read each block that it was asked for."""
    answers: list[bool] = []
    ask = arrow.Blocks.grids

    def asked(
        self: arrow.Blocks, block: bytes, start: int, delimiter: str | None, width: int
    ) -> list[Grid] | None:
        grids = ask(self, block, start, delimiter, width)
        answers.append(grids is not None)
        return grids

    with patched(BY_PYARROW), patch.object(arrow.Blocks, "grids", asked):
        yield answers


@pytest.mark.parametrize("block", [1 << 20, 300], ids=["whole", "in-blocks"])
@pytest.mark.parametrize("write", [numbers, table], ids=["numbers", "anything"])
@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 1 << 32))
def test_the_runs_are_those_read_without_it(
    write: Callable[[int], str], block: int, seed: int, tmp_path: Path
) -> None:
    path = tmp_path / "log.csv"
    path.write_text(write(seed), newline="")
    without = told(path)
    with patched({**BY_PYARROW, "neural_trainer.runs.lines._BLOCK": block}):
        assert_same(told(path), without)


@pytest.mark.parametrize("second", ["step,a", "step,a,b,c"])
def test_a_header_of_another_width_before_the_first_line_feed(tmp_path: Path, second: str) -> None:
    """Carriage returns end lines, too: what lies before the first line feed may hold both."""
    path = tmp_path / "log.csv"
    path.write_text(f"step,a,b\r0,1.5,2.5\r{second}\n9,0.5,0.25\n", newline="")
    without = told(path)
    with patched(BY_PYARROW):
        assert_same(told(path), without)


# name: what one of many rows is, and whether pyarrow reads the block that holds it
ROWS = {
    "an-empty-cell": ("7,", True),
    "no-cell-filled": (",", False),
    "a-literal-nan": ("7,nan", True),
    "padded": ("  7 , 0.5 ", True),
    "a-number-of-many-digits": ("7,0." + "3" * 80, True),
    "a-nan-with-a-payload": ("7,nan(1)", False),
    "a-sign-before": ("7,+0.5", True),
    "a-unit": ("7,6.29G", False),
    "a-word": ("7,warm", False),
    "quotes": ('7,"0.5"', False),
    "a-comment": ("# 7", False),
    "a-blank-line": ("", False),
    "carriage-returns-more": ("7,0.5\r\r", False),
    "a-line-within": ("7,0.5\r8,0.25", True),
    "blanks-alone": ("7,   ", False),
    "a-cell-more": ("7,0.5,1", False),
    "a-cell-less": ("7", False),
    "a-zero-byte": ("7,0.5\0", False),
    "digits-with-a-line": ("7,1_000", False),
    "the-header-again": ("step,loss", False),
}


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["line-feeds", "pairs"])
@pytest.mark.parametrize(("row", "whole"), ROWS.values(), ids=ROWS)
def test_a_row_that_may_not_be_plain(row: str, whole: bool, end: str, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    rows = [f"{i},{1 / (i + 1)!r}" for i in range(6000)]  # past the head
    path.write_text(end.join(["step,loss", *rows[:5000], row, *rows[5001:], ""]), newline="")
    without = told(path)
    with taken() as answers:
        assert_same(told(path), without)
    assert answers == [whole]


def test_every_number_is_the_nearest_float(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    values = rng.integers(0, 1 << 64, (2000, 3), np.uint64).view(np.float64)
    values[~np.isfinite(values)] = 0.5
    path = tmp_path / "log.csv"
    lines = [f"{i},{a!r},{b:.25e},{c:.17g}" for i, (a, b, c) in enumerate(values.tolist())]
    path.write_text("step,a,b,c\n" + "\n".join(lines) + "\n")
    with taken() as answers:
        (run,) = told(path)
    assert answers == [True]
    for name, column in zip("abc", values.T, strict=True):
        np.testing.assert_array_equal(run.signals[name].value, column)


def test_a_table_that_it_cannot_read_is_not_tried_to_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log.csv"
    path.write_text("step,loss\n")
    asked: list[bytes] = []
    monkeypatch.setattr(arrow, "LARGE", 0)
    monkeypatch.setattr(arrow, "_table", lambda block, *_: asked.append(block))
    blocks = arrow.Blocks(path)
    for _ in range(50):
        assert blocks.grids(b"1,adam\n", 0, ",", 2) is None
    assert 1 < len(asked) < 50


@pytest.mark.parametrize("piece", [1 << 18, 100], ids=["whole", "in-pieces"])
@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 1 << 32))
def test_json_lines_are_those_read_without_it(piece: int, seed: int, tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text(json_lines(seed))
    without = told(path)
    with patched({**BY_PYARROW, "neural_trainer.runs.alike._PIECE": piece}):
        assert_same(told(path), without)


# name: how one of many losses is spelled, and whether pyarrow reads those of its block
LOSSES = {
    "a-decimal": ("0.25", True),
    "a-negative": ("-0.25", True),
    "small": ("2.5e-05", True),
    "large": ("1e+20", True),
    "past-the-largest": ("1e+999", True),
    "of-many-digits": ("0." + "3" * 80, True),
    "no-point-before": (".5", True),
    "no-exponent-after": ("5.", True),
    "a-sign-before": ("+0.5", True),
    "a-sign-alone": ("-", False),
    "two-points": ("1.2.3", False),
    "two-signs": ("1-2", False),
    "an-exponent-without-digits": ("1e-", False),
    "not-a-number": ("NaN", True),
    "nothing": ("null", True),
    "in-quotes": ('"0.5"', True),
}


@pytest.mark.parametrize(("loss", "whole"), LOSSES.values(), ids=LOSSES)
def test_a_loss_that_may_not_be_plain(loss: str, whole: bool, tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    losses = [repr(1 / (i + 1)) for i in range(300)]
    losses[150] = loss
    path.write_text("".join(f'{{"step": {i}, "loss": {x}}}\n' for i, x in enumerate(losses)))
    without = told(path)
    asked: list[bool] = []
    read = arrow.numbers

    def noted(*parts: Any) -> Any:
        found = read(*parts)
        asked.append(found is not None)
        return found

    with patched(BY_PYARROW), patch.object(arrow, "numbers", noted):
        assert_same(told(path), without)
    assert asked == [whole]


def test_a_small_table_needs_no_import_and_a_large_one_does_without(tmp_path: Path) -> None:
    small, large = tmp_path / "small.csv", tmp_path / "large.csv"
    small.write_text("step,loss\n1,0.5\n2,0.25\n")
    line = f"{123:05},{'1' * 4000}\n"
    large.write_text("step,loss\n" + line * (arrow.LARGE // len(line) + 1))
    told = """
import sys
from neural_trainer.runs.read import read_all
{before}
read_all(sys.argv[1])
print("pyarrow.csv" in sys.modules)
"""

    def imported(path: Path, before: str = "") -> str:
        words = [sys.executable, "-c", told.format(before=before), str(path)]
        environment = {"PYTHONPATH": str(SCRIPTS), "PATH": ""}
        done = subprocess.run(words, env=environment, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    assert imported(small) == "False"
    assert imported(large) == "True"
    assert imported(large, "sys.modules['pyarrow'] = None") == "False"


def test_cells_of_both_are_alike() -> None:
    block = b"".join(b"%d,%s,%d\n" % (i, b"" if i % 3 else b"0.5", -i) for i in range(500))
    blocks = arrow.Blocks(Path(__file__))
    blocks._left = 1
    parts, cut = blocks.grids(b"a,(b),c\n" + block, 8, ",", 3), grid(block, ",", 3, {})
    assert parts is not None
    assert cut is not None
    assert len(parts) > 1
    firsts = np.cumsum([0, *(part.num_lines for part in parts)]).tolist()
    assert firsts[-1] == cut.num_lines
    for i, (row, value) in enumerate(cut.columns):
        columns = [part.columns[i] for part in parts]
        rows = [one + first for (one, _), first in zip(columns, firsts, strict=False)]
        np.testing.assert_array_equal(np.concatenate(rows), row)
        np.testing.assert_array_equal(np.concatenate([each for _, each in columns]), value)
