"""A fix: what to change, in words and in a form that a command can apply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Fix:
    """One change that mends a cause.

    implementation: one of {"config": {"optimizer.lr": 3e-4}}, {"diff": …}, {"command": …},
    {"words": …}. expected_impact: what the next run should show if it helps.
    quick: it costs minutes and no new run to try.
    """

    implementation: Mapping[str, Any]
    expected_impact: str
    quick: bool = False


def words(text: str, expected_impact: str, quick: bool = False) -> Fix:
    """Return a fix that a person carries out."""
    return Fix({"words": text}, expected_impact, quick)
