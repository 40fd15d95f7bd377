"""Decimals: each is what Python's float makes of it, to the last bit, or is left to be asked."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neural_trainer.runs.decimals import LONGEST, decimals, padded


def spelled(cells: list[str]) -> tuple[list[float], list[bool]]:
    text = padded((",".join(cells) + ",").encode())
    ends = np.cumsum([len(cell.encode()) + 1 for cell in cells]) + LONGEST - 1
    starts = np.append(LONGEST, ends[:-1] + 1)
    value, known = decimals(text, starts, ends)
    return value.tolist(), known.tolist()


def is_what_python_makes_of_it(cell: str, value: float) -> bool:
    expected = float(cell)
    return expected == value and math.copysign(1, expected) == math.copysign(1, value)


KNOWN = [
    "0",
    "-0",
    "7",
    "-12",
    "0.5",
    "-0.5",
    ".5",
    "5.",
    "0.1",
    "3.14159",
    "00012",
    "1e-05",
    "-2.5e-05",
    "1e+22",
    "6.02e+23",
    "0.30000000000000004",
    "2.302585124969482",
    "-1.7976931348623157",
    "1700000000.123456",
    "9007199254740992",
    "0.99999999999999999",
    "1234567890123456789",
    "0.000012345678901234",
    "123456789.1234567",
    "4.9406564584124654e-10",
    "0.10000000149011612",
]
UNKNOWN = (
    "", "-", ".", "-.", "1..2", "1.2.3", "1-2", "--1", "1e5", "e-05", "-e-05", "nan", "inf", "1_0",
    " 1", "1 ", "+1", "0x10", "6.29G", "12/299", "1,5", "é1", "1é", "9" * 20, "0" * 30, "1e-300x",
    "0.0000000000000000000000001",
)  # fmt: skip


@pytest.mark.parametrize("cell", KNOWN)
def test_known(cell: str) -> None:
    (value,), (known,) = spelled([cell])
    assert known
    assert is_what_python_makes_of_it(cell, value)


@pytest.mark.parametrize("cell", UNKNOWN, ids=[repr(cell) for cell in UNKNOWN])
def test_unknown(cell: str) -> None:
    cell = cell.replace(",", ";")
    assert spelled([cell, "1"])[1] == [False, True]


NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.floats(allow_nan=False, allow_infinity=False, width=32).map(repr),
    st.floats(-1e9, 1e9).map(lambda x: f"{x:.6f}"),
    st.floats(-1e3, 1e3).map(lambda x: f"{x:.17g}"),
    st.floats(1e-12, 1e3).map(lambda x: f"{x:.3e}"),
    st.integers(-(10**18), 10**18).map(str),
    # Decimals that lie half-way between two floats, or next to it.
    st.tuples(st.integers(1 << 53, 1 << 56), st.integers(0, 8)).map(
        lambda x: str(x[0])[: -x[1] or None] + "." + str(x[0])[len(str(x[0])) - x[1] :]
    ),
    st.text("0123456789.-e+", max_size=26),
)


@given(st.lists(NUMBERS, min_size=1, max_size=30))
def test_any(cells: list[str]) -> None:
    for cell, value, known in zip(cells, *spelled(cells), strict=True):
        if known:
            assert is_what_python_makes_of_it(cell, value)


def test_most_floats_are_known() -> None:
    rng = np.random.default_rng(0)
    values = np.concatenate([rng.normal(size=2000), rng.normal(size=2000).astype(np.float32)])
    cells = [repr(value) for value in values.tolist()]
    found, known = spelled(cells)
    assert sum(known) > 0.99 * len(known)
    assert all(
        x == float(cell) for x, cell, is_known in zip(found, cells, known, strict=True) if is_known
    )
