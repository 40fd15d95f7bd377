"""Wraps a function where torch looks it up at each call, and takes the wrapping out again."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

Wrapper = Callable[[Callable[..., Any]], Callable[..., Any]]


def wrap(place: Any, name: str, wrapper: Wrapper) -> Callable[[], None]:
    """Wrap the function `name` of a module or class; return what takes the wrapping out again.

    It can be taken out from between others of ours, whichever of them goes first; those of others
    around it stay as they are.
    """

    def inner(*given: Any, **named: Any) -> Any:
        return outer.__wrapped__(*given, **named)

    functools.update_wrapper(inner, getattr(place, name))
    outer: Any = wrapper(inner)
    outer.__wrapped__ = getattr(place, name)
    outer._neural_trainer = True
    setattr(place, name, outer)

    def undo() -> None:
        at = getattr(place, name)
        if at is outer:
            setattr(place, name, outer.__wrapped__)
            return
        while getattr(at, "_neural_trainer", False):
            if at.__wrapped__ is outer:
                at.__wrapped__ = outer.__wrapped__
                return
            at = at.__wrapped__

    return undo
