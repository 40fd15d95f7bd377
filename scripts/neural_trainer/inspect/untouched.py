"""Leaves everything as it was: random states, samplers, and the user's own model."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn


@contextmanager
def random_states(*sources: Any) -> Iterator[None]:
    """Put back the random states of Python, numpy and torch, and the generators of loaders.

    sources: data loaders, whose own generator and that of their sampler are put back too.
    """
    generators = [found for source in sources for found in _generators(source)]
    states = [generator.get_state() for generator in generators]
    python, of_numpy = random.getstate(), np.random.get_state()
    devices = list(range(torch.cuda.device_count())) if torch.cuda.is_available() else []
    with torch.random.fork_rng(devices=devices):
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(of_numpy)
            for generator, state in zip(generators, states, strict=True):
                generator.set_state(state)


def _generators(source: Any) -> list[torch.Generator]:
    """Return the generators that a data loader draws from, each once."""
    samplers = [getattr(source, name, None) for name in ("sampler", "batch_sampler")]
    inner = [getattr(sampler, "sampler", None) for sampler in samplers]
    found: dict[int, torch.Generator] = {}
    for holder in (source, *samplers, *inner):
        generator = getattr(holder, "generator", None)
        if isinstance(generator, torch.Generator):
            found[id(generator)] = generator
    return list(found.values())


@contextmanager
def gradients_of(model: nn.Module) -> Iterator[None]:
    """Put back a model's gradients as they were, in the very tensors that held them."""
    before: list[tuple[Tensor, Tensor | None, Tensor | None]] = [
        (p, p.grad, None if p.grad is None else p.grad.detach().clone()) for p in model.parameters()
    ]
    try:
        yield
    finally:
        for parameter, gradient, values in before:
            if gradient is not None and values is not None:
                gradient.detach().copy_(values)
            parameter.grad = gradient
