"""The seeds of a run: those that its config names, those that the generators were seeded with."""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Iterable
from typing import Any

# torch seeds itself from 53 random bits: by chance below 2^32 once in two million starts.
CHOSEN_SEED_BELOW = 2**32
MOST_BLOCKS = 50  # of 624 draws of 32 bits: a generator is recognised over 31,000 draws
USUAL_SEEDS = (0, 1, 2, 3, 7, 10, 13, 17, 21, 23, 37, 40, 42, 99, 100, 123, 666, 1000, 1111, 1234,
               1337, 2020, 2021, 2022, 2023, 2024, 2025, 2026, 3407, 12345, 31415)  # fmt: skip


def seeds(config: Any) -> dict[str, Any]:
    """Return the seeds that the config names and those recognised in this process's generators."""
    named = dict(_named_seeds(config, ""))
    torch: Any = sys.modules.get("torch")
    found: dict[str, Any] = {"config": named} if named else {}
    tried = [*named.values(), *USUAL_SEEDS]
    if torch is not None:
        found["torch"] = torch.initial_seed()
        if found["torch"] < CHOSEN_SEED_BELOW:
            tried.append(found["torch"])
    python = _python_seed(tried)
    if python is not None:
        found["python"] = python
    numpy = _numpy_seed(tried)
    if numpy is not None:
        found["numpy"] = numpy
    return found


def _named_seeds(config: Any, above: str) -> Iterable[tuple[str, int]]:
    if isinstance(config, dict):
        for key, value in config.items():
            name = f"{above}.{key}" if above else key
            is_seed = isinstance(value, int) and not isinstance(value, bool)
            if is_seed and re.search(r"(?:^|[_.-])seeds?(?:$|[_.-])", key, re.IGNORECASE):
                yield name, value
            else:
                yield from _named_seeds(value, name)
    elif isinstance(config, list):
        for number, value in enumerate(config):
            yield from _named_seeds(value, f"{above}.{number}")


def _python_seed(tried: Iterable[int]) -> int | None:
    """Return the seed with which `random` was seeded, if one of `tried` leads to its state."""
    key = random.getstate()[1][:-1]
    for seed in dict.fromkeys(tried):
        generator = random.Random(seed)
        for _ in range(MOST_BLOCKS):
            if generator.getstate()[1][:-1] == key:
                return seed
            generator.getrandbits(32 * 624)
    return None


def _numpy_seed(tried: Iterable[int]) -> int | None:
    """Return the seed of NumPy's global generator, if one of `tried` leads to its state."""
    numpy: Any = sys.modules.get("numpy")
    if numpy is None or "numpy.random" not in sys.modules:
        return None
    name, key = numpy.random.get_state()[:2]
    if name != "MT19937":
        return None
    for seed in dict.fromkeys(tried):
        if not 0 <= seed < 2**32:
            continue
        generator = numpy.random.RandomState(seed)
        for _ in range(MOST_BLOCKS):
            if (generator.get_state()[1] == key).all():
                return int(seed)
            generator.bytes(4 * 624)
    return None
