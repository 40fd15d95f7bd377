"""How fast a model's forward pass is: latency, throughput and memory, on the inputs given."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

WARMUP = 5
PASSES = 50


@dataclass(frozen=True)
class Benchmark:
    """Latencies of a forward pass in eval mode without gradients, in the order they were taken."""

    num_parameters: int
    num_samples: int
    latencies_s: tuple[float, ...]

    @property
    def p50_s(self) -> float:
        """The median latency."""
        return float(np.percentile(self.latencies_s, 50))

    @property
    def p95_s(self) -> float:
        """The latency that 95 of 100 passes keep to."""
        return float(np.percentile(self.latencies_s, 95))

    @property
    def samples_per_s(self) -> float:
        """Samples a second at the median latency."""
        return self.num_samples / self.p50_s


def benchmark_model(
    model: nn.Module,
    *inputs: Any,
    num_passes: int = PASSES,
    clock: Callable[[], float] = time.perf_counter,
) -> Benchmark:
    """Return how fast `model(*inputs)` is; the mode that each module was in is put back.

    >>> found = benchmark_model(nn.Linear(8, 2), torch.zeros(4, 8), num_passes=3)
    >>> found.num_parameters, found.num_samples, len(found.latencies_s)
    (18, 4, 3)
    """
    modes = [(module, module.training) for module in model.modules()]
    on_gpu = any(p.is_cuda for p in model.parameters())
    latencies: list[float] = []
    model.eval()
    try:
        with torch.inference_mode():
            for i in range(WARMUP + num_passes):
                started = clock()
                model(*inputs)
                if on_gpu:
                    torch.cuda.synchronize()
                if i >= WARMUP:
                    latencies.append(clock() - started)
    finally:
        for module, was in modes:
            module.training = was
    tensors = [x for x in inputs if isinstance(x, torch.Tensor) and x.dim()]
    return Benchmark(
        num_parameters=sum(p.numel() for p in model.parameters()),
        num_samples=int(tensors[0].shape[0]) if tensors else 1,
        latencies_s=tuple(latencies),
    )
