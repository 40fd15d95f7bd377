"""Numbers as a dashboard writes them: short, with their unit, NaN as a dash or as what it is."""

from __future__ import annotations

import math

_DAY_S, _HOUR_S, _MINUTE_S = 86_400.0, 3600.0, 60.0


def value(number: float) -> str:
    """Return a value of a signal in four digits; NaN and infinity as such.

    >>> value(0.123456), value(float("nan"))
    ('0.1235', 'NaN')
    """
    return f"{number:.4g}" if math.isfinite(number) else "NaN" if number != number else f"{number}"


def step(number: float) -> str:
    """Return a step in full; "-" for NaN.

    >>> step(1_234_567), step(0.5)
    ('1234567', '0.5')
    """
    return f"{number:.12g}" if math.isfinite(number) else "-"


def count(number: float) -> str:
    """Return a number of steps where there is little room; "-" for NaN.

    >>> count(1500), count(2_500_000), count(0.5)
    ('1500', '2.5M', '0.5')
    """
    if not math.isfinite(number):
        return "-"
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e5, "k")):
        if abs(number) >= size:
            return f"{number / (1e3 if unit == 'k' else size):.4g}{unit}"
    return f"{number:.6g}"


def duration(seconds: float) -> str:
    """Return a length of time; "-" for NaN.

    >>> duration(42), duration(90), duration(5400), duration(3e5)
    ('42 s', '2 min', '1.5 h', '3.5 d')
    """
    if not math.isfinite(seconds):
        return "-"
    if seconds < _MINUTE_S:
        return f"{seconds:.0f} s"
    if seconds < _HOUR_S:
        return f"{seconds / _MINUTE_S:.0f} min"
    if seconds < 2 * _DAY_S:
        return f"{seconds / _HOUR_S:.1f} h"
    return f"{seconds / _DAY_S:.1f} d"


def age(seconds: float) -> str:
    """Return how long ago something was, no finer than minutes; "" for NaN.

    >>> age(3), age(150), age(4000)
    ('just now', '2 min ago', '1 h ago')
    """
    if not math.isfinite(seconds):
        return ""
    if seconds < _MINUTE_S:
        return "just now"
    sizes = ((_DAY_S, "d"), (_HOUR_S, "h"), (_MINUTE_S, "min"))
    size, unit = next((size, unit) for size, unit in sizes if seconds >= size)
    return f"{int(seconds / size)} {unit} ago"
