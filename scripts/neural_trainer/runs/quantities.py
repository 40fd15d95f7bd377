"""Counts, bytes and durations as people read them, in a few columns."""

from __future__ import annotations

import math


def count(value: float) -> str:
    """Return a count with its unit.

    >>> count(950), count(124_439_808), count(2.6e15)
    ('950', '124.4M', '2,600T')
    """
    for unit, size in (("T", 1e12), ("G", 1e9), ("M", 1e6), ("K", 1e3)):
        if value >= size:
            return (
                f"{value / size:,.0f}{unit}" if value >= 1e3 * size else f"{value / size:.4g}{unit}"
            )
    return f"{value:.4g}"


def size(num_bytes: float | None) -> str:
    """Return bytes in decimal units, a dash where they are not known.

    >>> size(812), size(5_980_000_000), size(None)
    ('812 B', '5.98 GB', '-')
    """
    if num_bytes is None:
        return "-"
    for unit, one in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if num_bytes >= one:
            return f"{num_bytes / one:.3g} {unit}"
    return f"{num_bytes:.0f} B"


def duration(seconds: float) -> str:
    """Return a duration in its own unit.

    >>> duration(0.0000123), duration(1.5), duration(9000), duration(float("nan"))
    ('12.3 us', '1.5 s', '2.5 h', '-')
    """
    if math.isnan(seconds):
        return "-"
    for unit, one in (("d", 86400.0), ("h", 3600.0), ("min", 60.0), ("s", 1.0), ("ms", 1e-3)):
        if seconds >= one:
            return f"{seconds / one:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} us"
