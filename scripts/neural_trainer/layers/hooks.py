"""Hooks on modules that copies and saved files of a model leave behind."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import Any

_NOTHING = partial(sys.audit, "neural_trainer.left_behind")
"""Takes whatever a hook is given and returns None. It is made of the standard library alone, so
that a model that was saved whole under a Monitor loads where this package is not installed."""


class Hook:
    """A hook that does nothing in a deep copy of its module, and nothing in a pickle of it.

    What it calls belongs to one model: a copy of that would take the whole watch along.
    """

    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call

    def __call__(self, *given: Any) -> Any:
        return self._call(*given)

    def __deepcopy__(self, memo: dict[int, Any]) -> Callable[..., None]:
        return _NOTHING

    def __reduce__(self) -> tuple[Any, ...]:
        return partial, (sys.audit, *_NOTHING.args)
