"""What a check comes to: passed, failed with evidence and what to do, or not checkable and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Passed:
    """What was measured, in a sentence. numbers, series: the same for programs and plots."""

    evidence: str
    numbers: Mapping[str, float] = field(default_factory=dict)
    series: Mapping[str, Sequence[float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Failed:
    """What was measured, the cause of the house that does this, if one is known, what to do."""

    evidence: str
    cause: str | None
    do: str
    numbers: Mapping[str, float] = field(default_factory=dict)
    series: Mapping[str, Sequence[float]] = field(default_factory=dict)


@dataclass(frozen=True)
class NotCheckable:
    """Why nothing can be said."""

    why: str


Outcome = Passed | Failed | NotCheckable


@dataclass(frozen=True)
class Result:
    """What a check, by its name in ASKS or one of a command's own, came to."""

    check: str
    asks: str
    outcome: Outcome
    seconds: float


def few(names: Sequence[str], most: int = 3) -> str:
    """Return names with commas, those past the first as their number.

    >>> few(["a", "b", "c", "d", "e"])
    'a, b, c and 2 more'
    """
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
