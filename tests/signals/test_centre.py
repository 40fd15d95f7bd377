"""The median: what numpy says, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest

from neural_trainer.signals.centre import median


@pytest.mark.parametrize("count", [1, 2, 3, 20, 101, 500, 501, 3000])
@pytest.mark.parametrize("odd_one", [0.0, np.inf, -np.inf, np.nan])
def test_as_numpy(count: int, odd_one: float) -> None:
    value = np.random.default_rng(count).normal(size=count).round(1)
    value[count // 3] = odd_one
    assert median(value) == pytest.approx(float(np.median(value)), rel=0, abs=0, nan_ok=True)
