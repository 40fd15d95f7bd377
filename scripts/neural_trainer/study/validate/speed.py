"""Latency and throughput of a case's model on the first batch that it is validated on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch

from neural_trainer.errors import ConfigError
from neural_trainer.inspect.benchmark import benchmark_model
from neural_trainer.inspect.checks.observing import observe
from neural_trainer.inspect.untouched import random_states
from neural_trainer.layers.batches import on_device
from neural_trainer.layers.case import Case
from neural_trainer.study.validate.case_pass import evaluating

PASSES = 20


@dataclass(frozen=True)
class Speed:
    """Of one forward pass over a batch of num_samples, in evaluation mode, after a warm-up."""

    num_samples: int
    num_passes: int
    p50_s: float
    p95_s: float
    samples_per_s: float
    device: str


def speed(case: Case, batches: Iterable[Any]) -> Speed:
    """Return how fast the model is. Raises ConfigError where its inputs cannot be told."""
    device = next((p.device for p in case.model.parameters()), torch.device("cpu"))
    with random_states(batches), evaluating(case.model):
        batch = on_device(next(iter(batches)), device)
        with torch.no_grad():
            seen = observe(case.loss_fn, case.model, batch)
        if seen.args is None or seen.kwargs or not seen.args:
            raise ConfigError("speed: loss_fn calls the model by keywords, or not at all")
        found = benchmark_model(case.model, *seen.args, num_passes=PASSES)
    return Speed(
        found.num_samples, PASSES, found.p50_s, found.p95_s, found.samples_per_s, str(device)
    )
