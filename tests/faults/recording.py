"""The types of the fixtures of the faults."""

from __future__ import annotations

from collections.abc import Callable

from launching import Launch

Starts = Callable[..., Launch]
Records = Callable[[str, str, str], None]
