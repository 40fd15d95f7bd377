"""A config of any make as what JSON can hold: bounded, without cycles, whatever is in it."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping, Set
from enum import Enum
from itertools import islice
from pathlib import PurePath
from typing import Any

# A config that a person wrote is far below all of these; data that strayed into one is far above.
MOST_DEPTH = 20
MOST_ITEMS = 1_000  # of one list or mapping
MOST_PARTS = 20_000  # in all
MOST_CHARACTERS = 10_000  # of one string
MOST_BITS = 1_024  # of an integer; Python refuses to print one of 4,300 digits
SMALL_ARRAY = 32  # elements: betas, class weights


def plain(config: Any) -> Any:
    """Return a config (mapping, dataclass, namespace, pydantic or attrs model) for JSON.

    Arrays beyond a few elements are described, objects named, what is over the bounds counted.

    >>> plain({"lr": float("inf"), "sizes": (1, 2)})
    {'lr': 'inf', 'sizes': [1, 2]}
    """
    return _Plain().of(config)


class _Plain:
    """One walk through a config: what is open above the present part, and how many were seen."""

    def __init__(self) -> None:
        self._open: set[int] = set()
        self._num_parts = 0

    def of(self, value: Any) -> Any:
        self._num_parts += 1
        if isinstance(value, Enum):
            return _cut(value.value) if isinstance(value.value, str) else value.name
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int):
            return int(value) if value.bit_length() <= MOST_BITS else _described(value)
        if isinstance(value, float):
            return float(value) if math.isfinite(value) else repr(float(value))
        if isinstance(value, str | PurePath):
            return _cut(str(value))
        if isinstance(value, bytes | bytearray | memoryview):
            return f"<{type(value).__name__} of {len(value)} bytes>"
        if id(value) in self._open:
            return "<itself>"
        if len(self._open) >= MOST_DEPTH or self._num_parts >= MOST_PARTS:
            return _described(value)
        self._open.add(id(value))
        try:
            return self._parts(value)
        except Exception as error:  # a stranger's object may fail at anything
            return f"<{type(value).__name__}: {type(error).__name__}>"
        finally:
            self._open.discard(id(value))

    def _parts(self, value: Any) -> Any:
        if hasattr(value, "dtype") and hasattr(value, "shape"):
            return self._array(value)
        fields = _fields(value)
        if fields is not None:
            kept = {_key(name): self.of(each) for name, each in islice(fields, MOST_ITEMS)}
            left_out = sum(1 for _ in islice(fields, MOST_PARTS))
            if left_out:
                kept["..."] = f"{left_out}{'+' * (left_out == MOST_PARTS)} more"
            return kept
        if isinstance(value, list | tuple | Set) or _is_sequence(value):
            items = [self.of(each) for each in islice(iter(value), MOST_ITEMS)]
            if len(value) > MOST_ITEMS:
                items.append(f"... {len(value) - MOST_ITEMS} more")
            # Of one order in every process, as a set of strings is not.
            return sorted(items, key=repr) if isinstance(value, Set) else items
        return _described(value)

    def _array(self, value: Any) -> Any:
        """Return an array of few elements in the host's memory as a list, or what it is."""
        shape = tuple(int(size) for size in value.shape)
        is_here = type(value).__module__.partition(".")[0] == "numpy"
        if is_here and value.dtype.kind in "biufUS" and math.prod(shape) <= SMALL_ARRAY:
            return self.of(value.tolist())
        return f"<{type(value).__name__} of shape {shape}, {value.dtype}>"


def _fields(value: Any) -> Iterable[tuple[Any, Any]] | None:
    """Return an iterator over the parts that `value` holds by name; None where it has none."""
    if isinstance(value, Mapping):
        return ((key, value[key]) for key in value)
    if isinstance(value, type):
        return None
    if dataclasses.is_dataclass(value):
        names = [field.name for field in dataclasses.fields(value)]
    elif hasattr(type(value), "model_fields"):  # pydantic
        names = list(type(value).model_fields)
    elif hasattr(type(value), "__attrs_attrs__"):
        names = [field.name for field in type(value).__attrs_attrs__]
    elif type(value).__name__ in ("Namespace", "SimpleNamespace"):
        return iter([*vars(value).items()])
    else:
        return None
    return iter([(name, getattr(value, name)) for name in names if hasattr(value, name)])


def _is_sequence(value: Any) -> bool:
    """Return whether `value` is a list of another make, such as OmegaConf's."""
    return hasattr(value, "__len__") and hasattr(value, "__getitem__") and hasattr(value, "index")


def _key(key: Any) -> str:
    try:
        return str(key)[:200]
    except Exception as error:  # as above
        return f"<{type(key).__name__}: {type(error).__name__}>"


def _cut(text: str) -> str:
    if len(text) <= MOST_CHARACTERS:
        return text
    return f"{text[:MOST_CHARACTERS]}... {len(text) - MOST_CHARACTERS} more characters"


def _described(value: Any) -> str:
    """Return what an object is in few words; its own only where it is of a known, small make."""
    if isinstance(value, int):
        return f"<int of {value.bit_length()} bits>"
    if isinstance(value, type) or hasattr(value, "__qualname__"):
        return f"{value.__module__}.{value.__qualname__}"[:200]
    kind = type(value)
    if isinstance(value, Mapping | list | tuple | Set):
        return f"<{kind.__name__} of {len(value)}>"
    if kind.__module__.partition(".")[0] in ("torch", "datetime", "uuid", "decimal", "fractions"):
        return str(value)[:200]
    return f"<{kind.__module__}.{kind.__qualname__}>"
