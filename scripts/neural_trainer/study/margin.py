"""A margin or an effect as people state it: in the measure's own unit, or in per cent."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from neural_trainer.errors import ConfigError

_STATED = re.compile(r"\s*([0-9.]+(?:[eE][-+]?[0-9]+)?)\s*(%?)\s*")


@dataclass(frozen=True)
class Margin:
    """A positive size. relative: a share of the level before the change."""

    value: float
    relative: bool

    def of(self, level: float) -> float:
        """Return it in the unit of the measure, given the level before the change."""
        return abs(level) * self.value if self.relative else self.value

    def __str__(self) -> str:
        """Return it as it was stated."""
        return f"{100 * self.value:g} %" if self.relative else f"{self.value:g}"


def parse_margin(text: str) -> Margin:
    """Return what `text` states. Raises ConfigError.

    >>> parse_margin("0.5 %"), parse_margin("0.02")
    (Margin(value=0.005, relative=True), Margin(value=0.02, relative=False))
    """
    found = _STATED.fullmatch(text)
    try:
        value = float(found.group(1)) if found else math.nan
    except ValueError:
        value = math.nan
    if found is None or not (math.isfinite(value) and value > 0):
        raise ConfigError(f"{text!r} is no size; expected a positive number, or per cent: 0.5%")
    return Margin(value / 100 if found.group(2) else value, bool(found.group(2)))
