"""What the numbers of a line mean: counters, metrics, and the split that they are of."""

from __future__ import annotations

from typing import NamedTuple

# Before the key of what is told behind a metric, in brackets: see text_passes.
MEAN_OF = "mean of\0"


class Counter(NamedTuple):
    """A number that counts. kind: what; at, total: indices of tokens, total -1 where not written.

    bar: it is the position of a progress bar. name: what the log calls it. scale: a factor.
    """

    kind: str
    at: int
    total: int = -1
    bar: bool = False
    name: str = ""
    scale: float = 1.0


class Value(NamedTuple):
    """A metric. at: index of its token; over: of what it is divided by, or -1; scale: a factor."""

    key: str
    at: int
    over: int = -1
    scale: float = 1.0


class Plan(NamedTuple):
    """What the numbers of a shape mean. known: the table of names knows one of the values.

    evaluated: the line tells of evaluation. opens: the split that the lines below it are of.
    paced: it ends in the time since the one before, as what TensorFlow's hooks print at one step.
    closes: it says that a training has ended.
    """

    counters: tuple[Counter, ...]
    values: tuple[Value, ...]
    known: bool
    evaluated: bool
    opens: str = ""
    paced: bool = False
    closes: bool = False
