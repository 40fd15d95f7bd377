"""Budgets of a model: what was allowed, what it takes, whether it keeps to it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from neural_trainer.errors import ConfigError

COUNTS = {"": 1.0, "K": 1e3, "M": 1e6, "B": 1e9, "G": 1e9, "T": 1e12}
BYTES = {
    "B": 1.0, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12,
    "KIB": 2.0**10, "MIB": 2.0**20, "GIB": 2.0**30, "TIB": 2.0**40,
}  # fmt: skip


@dataclass(frozen=True)
class Budget:
    """What one budget allows and what the model takes, in parameters or bytes."""

    name: str
    allowed: float
    taken: float

    @property
    def kept(self) -> bool:
        """Whether the model keeps to it."""
        return self.taken <= self.allowed


def parse_count(text: str) -> float:
    """Return a number of parameters.

    >>> parse_count("25M"), parse_count("1.5B"), parse_count("800")
    (25000000.0, 1500000000.0, 800.0)
    """
    return _parse(text, COUNTS, "a number of parameters such as 25M (K, M, B)")


def parse_bytes(text: str) -> float:
    """Return a number of bytes: decimal units, GB, or binary ones, GiB.

    >>> parse_bytes("6GB"), parse_bytes("1GiB")
    (6000000000.0, 1073741824.0)
    """
    return _parse(text, BYTES, "a size such as 100MB or 6GiB")


def _parse(text: str, units: dict[str, float], expected: str) -> float:
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*", text)
    unit = match[2].upper() if match else ""
    if match is None or unit not in units:
        raise ConfigError(f"{text!r} is no budget; expected {expected}")
    return float(match[1]) * units[unit]
