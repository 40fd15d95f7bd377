"""Lines that list numbers: all names before all numbers, or numbers that nothing names.

`val, round, loss, acc ===> 002, 0.88, 0.54` and what VITS prints, `[2.31, 3.2, 110200, 9.4e-05]`:
the terms of the loss by their place, then the step and the learning rate. And a count by its name,
then numbers by their place: `epoch, 0089, 0.127, 0.018`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from neural_trainer.runs import names
from neural_trainer.runs.line_counters import counted_by
from neural_trainer.runs.line_keys import is_known
from neural_trainer.runs.line_plans import Counter, Plan, Value

_LONGEST = 300  # characters before a list that may tell what it holds
_MOST = 40  # numbers of a list; more are a tensor
_NAMES = re.compile(
    r"((?:[^\W\d][\w@/.-]*(?: [\w@/.-]+)?, ?)+[^\W\d][\w@/.-]*)\s*(?:[:=]|[=-]+>)\s*[\[(]?$"
)
_UNNAMED = re.compile(r"(?:^|\b(?:INFO|DEBUG)\b *[|:-]? *(?:[\w.]+: *)?)\[$")
_COUNT = re.compile(r"(?:^|[,|] ?)([A-Za-z_]+),$")
_CLOCK = re.compile(r"\d+[-:/]\d+")
_RATE = re.compile(r"0\.0\d*|\d(?:\.\d+)?e-\d+")


def list_of(pieces: Sequence[str], tokens: Sequence[str]) -> Plan | None:
    """Return what the numbers of a line mean that ends in a list, None where it does not.

    pieces: the text around the numbers, one more than there are tokens.
    """
    if pieces[-1].strip("]), ") or len(tokens) < 2:
        return None
    start = len(tokens) - 1
    while start > 0 and pieces[start].strip() == ",":
        start -= 1
    before, found = pieces[start].rstrip()[-_LONGEST:], tokens[start:]
    if len(found) < 2 or len(found) > _MOST:
        return None
    if (named := _NAMES.search(before)) is not None:
        return _named(named[1], start, len(found))
    counted = _COUNT.search(before)
    kind = counted_by(counted[1]) if counted is not None else None
    if kind and found[0].isdecimal() and len(found) > 2 and all("." in x for x in found[1:]):
        values = tuple(Value(f"list/{i}", start + 1 + i) for i in range(len(found) - 1))
        return Plan((Counter(kind, start),), values, known=True, evaluated=False)
    if _UNNAMED.search(before) and all(map(_CLOCK.match, tokens[:start])):
        return _unnamed(start, found)
    return None


def _named(listed: str, start: int, size: int) -> Plan | None:
    split = ""
    counters, values = list[Counter](), list[Value]()
    own = [name.strip() for name in listed.split(",")]
    for name in list(own):
        if names.split_prefix(name) is not None:
            split = name
            own.remove(name)
    if len(own) != size or not any(is_known(name) and not counted_by(name) for name in own):
        return None
    for at, name in enumerate(own, start):
        if (kind := counted_by(name)) is not None:
            counters.append(Counter(kind, at, name=name))
        else:
            values.append(Value(f"{split}/{name}" if split else name, at))
    evaluated = bool(split and names.split_prefix(split))
    return Plan(tuple(counters), tuple(values), known=True, evaluated=evaluated)


def _unnamed(start: int, found: Sequence[str]) -> Plan | None:
    """Read the terms of a loss by their place, and the step and the learning rate behind them."""
    step, rate = found[-2:]
    counters, values = list[Counter](), list[Value]()
    size = len(found)
    if step.isdecimal() and _RATE.fullmatch(rate):
        size -= 2
        counters = [Counter("global", start + size)]
        values = [Value("lr", start + size + 1)]
    if size and not all("." in token for token in found[:size]):
        return None
    values = [Value(f"list/{i}", start + i) for i in range(size)] + values
    return Plan(tuple(counters), tuple(values), known=bool(counters), evaluated=False)
