"""What a duration in a log line is of: a step, the wait for its data, or what its name says."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from neural_trainer.runs import names
from neural_trainer.runs.line_plans import Counter, Value

SECONDS = {
    "ms": 1e-3, "m": 60.0, "min": 60.0, "mins": 60.0, "minutes": 60.0, "h": 3600.0, "hour": 3600.0,
    "hours": 3600.0,
}  # fmt: skip
_OF_A_STEP = re.compile(
    r"(?i)(ms|s|secs?|seconds)(?: ?/ ?| per )(?:mini-?)?(?:batch|step|it|iter|iteration|update)"
)
_STEPS_A_SECOND = re.compile(
    r"(?i)(?:it|its|iters?|iterations?|steps?|batch(?:es)?|updates?)(?: ?/ ?| per )s(?:ec(?:ond)?)?"
)
# What stands beside what: a step, and of it the wait for its data.
_PAIRS = (
    ({"time", "batch time", "step time", "iter time"}, {"data", "data time"}),
    ({"batch cost"}, {"reader cost"}),  # Paddle
)
_DURATIONS = {"time", "elapsed", "secs", "seconds", "duration"}
_NO_DURATION = {
    "eta", "remaining", "remain", "left", "date", "day", "stamp", "best", "mean", "avg", "std",
    "min", "max", "epochs", "limit", "total",
}  # fmt: skip
_LONGEST = 3  # words
_WITHIN = {"batch", "step", "global", "bar"}  # counters of steps


def is_duration(name: str) -> bool:
    """Return whether a number of this name is a time that passed, not a date nor one to come.

    >>> is_duration("Elapsed Time"), is_duration("eta time"), is_duration("dataset")
    (True, False, False)
    """
    words = re.findall(r"[a-z]+", name.lower())
    ends = {*words[:1], *words[-1:]}
    return (
        len(words) <= _LONGEST
        and not _DURATIONS.isdisjoint(ends)
        and _NO_DURATION.isdisjoint(words)
        and names.split(name) == "train"
    )


def is_told_beside(name: str) -> bool:
    """Return whether a time or a pace of this name is kept where its line tells of a metric."""
    return is_duration(name) or _STEPS_A_SECOND.fullmatch(name) is not None


def with_durations(
    values: Sequence[Value], counters: Sequence[Counter], averaged: Collection[int], evaluated: bool
) -> list[Value]:
    """Return the values of a line with those that time a step called so.

    averaged: tokens that a running mean follows: `Time 0.2 (0.3)`, as for each step. Steps of
    an evaluation are left out.
    """
    found = {value.at: names.plain(value.key) for value in values}
    told = set(found.values())
    renamed = dict[str, str]()
    for steps, waits in _PAIRS:
        if not told.isdisjoint(steps) and not told.isdisjoint(waits):
            renamed |= dict.fromkeys(steps, "step_time") | dict.fromkeys(waits, "data_time")
    within = any(counter.kind in _WITHIN for counter in counters)
    some = []
    for value in values:
        words, scale = found[value.at], value.scale
        if match := _OF_A_STEP.fullmatch(value.key):
            key, scale = "step_time", SECONDS.get(match[1].lower(), 1.0)
        elif words == "time" and within and value.at in averaged:
            key = "step_time"
        else:
            key = renamed.get(words, value.key)
        timed = names.canonical(key) in ("step_time_s", "data_time_s")
        if not timed:
            some.append(value)
        elif not evaluated and names.split(value.key) == "train":
            some.append(value._replace(key=key, scale=scale))
    return some
