"""Wraps a function where torch looks it up at each call, and takes the wrapping out again."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

Wrapper = Callable[[Callable[..., Any]], Callable[..., Any]]


def wrap(place: Any, name: str, wrapper: Wrapper) -> Callable[[], None]:
    """Wrap the function `name` of a module or class; return what takes the wrapping out again.

    It goes by the name of what it wraps. It can be taken out from between others of ours, whichever
    of them goes first; those of others around it stay as they are.
    """

    def inner(*given: Any, **named: Any) -> Any:
        return outer.__wrapped__(*given, **named)

    functools.update_wrapper(inner, getattr(place, name))
    outer: Any = functools.update_wrapper(wrapper(inner), getattr(place, name))
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


def is_traced(value: Any) -> bool:
    """Tell whether a call only draws up a graph: what it returns then holds no numbers.

    torch.compile takes a function wrapped here for torch's own, and calls it with tensors of
    classes that hold shapes alone, while nothing says that anything is compiled.
    """
    if torch.compiler.is_compiling():
        return True
    if hasattr(value, "to_local"):  # a DTensor, as FSDP2 and tensor parallelism make them
        value = value.to_local()
    return type(value) is not Tensor
