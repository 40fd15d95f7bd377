"""Which class of a file an object is of where a base speaks of itself, and what super() runs."""

from __future__ import annotations

import ast
from collections import defaultdict
from typing import TYPE_CHECKING

from neural_trainer.inspect.lint.scope import Assignment, Scope

if TYPE_CHECKING:
    from neural_trainer.inspect.lint.source import Source


def derived(source: Source, cls: Scope) -> list[Scope]:
    """Return the classes of this file that derive from `cls`."""
    if "derived" not in source.kept:
        known: dict[int, list[Scope]] = defaultdict(list)
        source.kept["derived"] = known  # while it is being worked out
        for each in source.scopes:
            for base in source.bases(each)[1:] if each.is_class else ():
                known[base.number].append(each)
    found: dict[int, list[Scope]] = source.kept["derived"]
    return found.get(cls.number, [])


def as_made(source: Source, cls: Scope) -> Scope:
    """Return the class that `self` of `cls` is of: the one that derives from it, where alone.

    Of a base that this file never makes, so that its methods run on objects of the other.
    """
    below = derived(source, cls)
    if len(below) != 1 or cls.name in source.calls:
        return cls
    return below[0]


def is_overridden(source: Source, method: Scope) -> bool:
    """Tell whether a method never runs: the one class made of its own has another in its place."""
    if not method.is_method or method.parent is None:
        return False
    other = source.method(as_made(source, method.parent), method.name)
    asked = [c.receiver for c in source.called(method.name)]
    above_it = any(
        is_super(each) or getattr(each, "id", "") == method.parent.name for each in asked
    )
    return other is not method and not above_it


def is_super(expr: ast.expr | None) -> bool:
    """Tell whether an expression is super()."""
    return isinstance(expr, ast.Call) and getattr(expr.func, "id", "") == "super"


def above(source: Source, scope: Scope, name: str) -> Scope | None:
    """Return the method that super().name runs in a method of a class, None out of sight."""
    cls = source.class_around(scope)
    bases = source.bases(cls)[1:] if cls is not None else []
    return next((base.inner[name] for base in bases if name in base.inner), None)


def owner(source: Source, number: int, attribute: str) -> int:
    """Return the number of the class that sets an attribute of self: `number`, or its kin."""
    if "owners" not in source.kept:
        source.kept["owners"] = _owners(source)
    owners: dict[str, list[int]] = source.kept["owners"]
    found = owners.get(attribute, ())
    if number in found or not found:
        return number
    cls = source.scopes[number]
    kin = (*source.bases(cls), as_made(source, cls))
    return next((each.number for each in kin if each.number in found), number)


def _owners(source: Source) -> dict[str, list[int]]:
    """Return the classes that set each attribute of self."""
    found: dict[str, list[int]] = defaultdict(list)
    for scope in source.scopes:
        cls = source.class_around(scope)
        for event in scope.events if cls is not None else ():
            target = event.target if isinstance(event, Assignment) else None
            value = target.value if isinstance(target, ast.Attribute) else None
            if isinstance(value, ast.Name) and value.id == "self" and cls is not None:
                assert isinstance(target, ast.Attribute)
                found[target.attr].append(cls.number)
    return found
