"""Phases of learning rates of the usual forms."""

from __future__ import annotations

import numpy as np
import pytest

from neural_trainer.runs.run import Array, Series
from neural_trainer.signals.phases import phases

STEP = np.arange(1.0, 1001)
COSINE = 0.5 * (1 + np.cos(np.pi * np.clip((STEP - 100) / 900, 0, 1)))
SCHEDULES: dict[str, tuple[Array, list[str]]] = {
    "constant": (np.full(1000, 3e-4), ["holds"]),
    "warmup-cosine": (np.where(STEP <= 100, STEP / 100, COSINE), ["rises", "falls"]),
    "linear-to-zero": (1 - STEP / 1000, ["falls"]),
    "trapezoid": (
        np.minimum(np.minimum(STEP / 100, 1), (1000 - STEP) / 200),
        ["rises", "holds", "falls"],
    ),
    "zero": (np.zeros(1000), ["holds"]),
    "two-points": (np.ones(2), []),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_kinds_in_order(name: str) -> None:
    value, kinds = SCHEDULES[name]
    found = phases(Series(STEP[: len(value)], value))
    assert [phase.kind for phase in found] == kinds


def test_the_turn_is_where_the_warm_up_ends() -> None:
    value, _ = SCHEDULES["warmup-cosine"]
    found = phases(Series(STEP, value))
    assert found[1].start == pytest.approx(100, abs=30)
    assert found[0].start == 1
    assert found[-1].stop == 1000


def test_values_that_are_not_finite_are_left_out() -> None:
    value = np.where(STEP % 10 == 0, np.nan, STEP)
    assert [phase.kind for phase in phases(Series(STEP, value))] == ["rises"]
