"""Who calls the functions of a file: by name, through an object or a table, or as a partial."""

from __future__ import annotations

import ast
from collections import defaultdict
from typing import TYPE_CHECKING

from neural_trainer.inspect.lint.aliases import call_of_partial
from neural_trainer.inspect.lint.scope import Call, Scope

if TYPE_CHECKING:
    from neural_trainer.inspect.lint.source import Source


def add_callers(source: Source, found: dict[int, list[Call]]) -> None:
    """Add the calls of each function to `found`, by its number; a class is called as __init__.

    Those through a table come last: which function it is, an argument may tell.
    """
    words = {s.name for s in source.scopes if s.is_function or s.is_class} | {""}
    objects = any(scope.name == "__call__" for scope in source.scopes)
    unknown: list[Call] = []
    for word in source.calls if objects else words & set(source.calls):
        for call in source.calls[word]:
            made = source.callee(call, passed=False)
            if made is not None:
                found[made.number].append(call)
            elif not word:
                unknown.append(call)
    _forget(source)
    for call in unknown:
        made = source.callee(call)
        if made is not None:
            found[made.number].append(call)
    _forget(source)


def _forget(source: Source) -> None:
    """Drop what was worked out before all callers were known."""
    for early in ("parts", "classes", "stands_for"):
        source.kept[early] = {}


def is_dropped(source: Source, call: Call) -> bool:
    """Tell whether a call is a statement of its own: nobody looks at what it gives back."""
    if "statements" not in source.kept:
        source.kept["statements"] = {id(n.value) for n in source.nodes if isinstance(n, ast.Expr)}
    return id(call.node) in source.kept["statements"]


def partials_of(source: Source, function: Scope) -> list[Call]:
    """Return each partial of a function of this file, as a call of it."""
    if "partials_of" not in source.kept:
        source.kept["partials_of"] = found = defaultdict(list)  # while it is being worked out
        for call in source.calls.get("partial", ()):
            bound = call_of_partial(call.node)
            made = source.defined(bound.func, call.scope, passed=False) if bound else None
            if made is not None and bound is not None and made.is_function:
                found[made.number].append(call._replace(node=bound, word=made.name))
    partials: dict[int, list[Call]] = source.kept["partials_of"]
    return partials.get(function.number, [])
