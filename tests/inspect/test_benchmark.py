"""The benchmark of a model, on a clock that is given."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from torch import nn

from neural_trainer.inspect.benchmark import WARMUP, benchmark_model


def test_latencies_are_those_of_the_clock() -> None:
    spans = np.linspace(0.01, 0.05, 20)
    # The clock is read once in a pass of the warm-up, twice in one that counts.
    reads = itertools.chain(
        [0.0] * WARMUP, itertools.chain.from_iterable((10.0 * i, 10.0 * i + s) for i, s in
                                                      enumerate(spans)),
    )  # fmt: skip
    model = nn.Sequential(nn.Linear(4, 3), nn.Dropout(0.5))
    model[0].eval()
    found = benchmark_model(model, torch.zeros(6, 4), num_passes=20, clock=lambda: next(reads))
    assert found.latencies_s == pytest.approx(tuple(spans))
    assert found.p50_s == pytest.approx(float(np.median(spans)))
    assert found.samples_per_s == pytest.approx(6 / np.median(spans))
    assert found.num_parameters == 15
    assert [module.training for module in model.modules()] == [True, False, True]


def test_the_model_runs_in_eval_mode_without_gradients() -> None:
    seen = []

    class Notes(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            seen.append((self.training, torch.is_inference_mode_enabled()))
            return x

    benchmark_model(Notes(), torch.zeros(1), num_passes=2)
    assert set(seen) == {(False, True)}
    assert len(seen) == WARMUP + 2
