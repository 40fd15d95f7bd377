"""The state of every random generator that a training draws from: taken, put back, left alone."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def seed_all(seed: int) -> None:
    """Seed the generators of Python, NumPy and torch."""
    import numpy
    import torch

    random.seed(seed)
    numpy.random.seed(seed % 2**32)
    torch.manual_seed(seed)


def random_state() -> dict[str, Any]:
    """Return the generators' states, of types that `torch.load(weights_only=True)` takes."""
    import numpy
    import torch

    name, key, *rest = numpy.random.get_state(legacy=True)
    state = {
        "python": random.getstate(),
        "numpy": (str(name), [int(number) for number in key], *rest),
        "torch": torch.get_rng_state(),
    }
    if torch.cuda.is_available():
        state["cuda"] = torch.cuda.get_rng_state_all()
    return state


def set_random_state(state: dict[str, Any]) -> None:
    """Put the generators into the states that `random_state` returned."""
    import numpy
    import torch

    version, numbers, gauss = state["python"]
    random.setstate((version, tuple(numbers), gauss))
    name, key, *rest = state["numpy"]
    numpy.random.set_state((name, numpy.array(key, numpy.uint32), *rest))
    torch.set_rng_state(state["torch"])
    if "cuda" in state and torch.cuda.device_count() == len(state["cuda"]):
        torch.cuda.set_rng_state_all(state["cuda"])


@contextmanager
def undisturbed() -> Iterator[None]:
    """Put the generators back when the block ends: what it draws leaves the training alone."""
    state = random_state()
    try:
        yield
    finally:
        set_random_state(state)
