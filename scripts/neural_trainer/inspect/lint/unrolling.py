"""Loops over a few objects that are written out: for opt in (opt_g, opt_d), for opt, s in zip(...).

A course goes through such a loop once for each of them, under their own names.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from neural_trainer.inspect.lint.elements import elements
from neural_trainer.inspect.lint.parts import Given
from neural_trainer.inspect.lint.roles import MODEL, OPTIMIZER, SCHEDULER, role
from neural_trainer.inspect.lint.scope import Event, Loop, Scope
from neural_trainer.inspect.lint.source import Source

Names: TypeAlias = dict[str, Given]
MOST = 4  # objects that a loop is gone through for
_PARTS = (MODEL, OPTIMIZER, SCHEDULER)


def passes(
    source: Source, events: Iterable[Event], done: tuple[Loop, ...] = ()
) -> Iterator[tuple[Event, Names]]:
    """Yield events in order, those of a loop over a few objects once for each of them.

    With each comes what the targets of these loops are in its pass, by key.
    """
    waiting = list(events)
    while waiting:
        loop = next((each for each in waiting[0].place.loops if each not in done), None)
        if loop is None:
            yield waiting.pop(0), {}
            continue
        size = next((n for n, e in enumerate(waiting) if loop not in e.place.loops), len(waiting))
        inside, waiting = waiting[:size], waiting[size:]
        for names in _of_each_pass(source, loop, inside[0].scope) or [{}]:
            for event, inner in passes(source, inside, (*done, loop)):
                yield event, {**names, **inner}


def _of_each_pass(source: Source, loop: Loop, scope: Scope) -> list[Names]:
    """Return what the targets of a loop are in each pass, [] where they are not a few objects."""
    if not isinstance(loop, ast.For):
        return []
    held = {
        source.key(target, scope): elements(source, loop.iter, scope, path)
        for target, path in _paths(loop.target)
    }
    if not held or not any(
        role(source, v, at) in _PARTS for given in held.values() for v, at in given
    ):
        return []
    size = max(map(len, held.values()))
    if not 2 <= size <= MOST:
        return []
    full = {key: given for key, given in held.items() if key and len(given) == size}
    return [{key: given[number] for key, given in full.items()} for number in range(size)]


def _paths(
    target: ast.expr, path: tuple[int, ...] = ()
) -> Iterator[tuple[ast.Name, tuple[int, ...]]]:
    """Yield each name that a target binds, with the parts of tuples by which it does."""
    if isinstance(target, ast.Name):
        yield target, path
    for number, part in enumerate(getattr(target, "elts", ())):
        yield from _paths(part, (*path, number))
