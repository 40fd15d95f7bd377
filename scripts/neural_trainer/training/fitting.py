"""Memory: the largest batch that fits, found when one does not."""

from __future__ import annotations

from collections.abc import Callable

_WORDS = ("out of memory", "not enough memory", "can't allocate memory")


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether torch has found no memory, on a device or on the host."""
    return isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError) and any(word in str(error) for word in _WORDS)
    )


def largest_fitting(attempt: Callable[[int], None], too_many: int) -> int:
    """Return the most samples with which `attempt` finds memory, 0 where not even one fits.

    Bisects below `too_many`, which is known not to fit.
    """
    fits = 0
    while too_many - fits > 1:
        tried = (fits + too_many) // 2
        if _fits(attempt, tried):
            fits = tried
        else:
            too_many = tried
    return fits


def _fits(attempt: Callable[[int], None], count: int) -> bool:
    try:
        attempt(count)
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        return False
    return True
