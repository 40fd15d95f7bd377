"""What a piece of code does in the order it does it, with functions of the same file laid in."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from neural_trainer.inspect.lint.scope import Assignment, Call, Event, Loop, Place, Scope
from neural_trainer.inspect.lint.source import Source, bound_arguments

DEEPEST = 4  # calls of functions within functions: training code is seldom laid out deeper


class Action(NamedTuple):
    """One event of a course.

    receiver: key, in the caller's terms, of the object whose method is called or of what is
    assigned to; place: its blocks, those of the callers outside; contexts: the full names of the
    `with` blocks and decorators it runs under, "?" for one that cannot be told.
    """

    event: Event
    word: str
    receiver: str
    place: Place
    contexts: tuple[str, ...]
    names: dict[str, str]
    function: str = ""
    """Key of what is called, where it is an object: `model` of model(x)."""

    @property
    def call(self) -> Call:
        """Return the event, which is a call."""
        assert isinstance(self.event, Call)
        return self.event

    @property
    def called(self) -> str:
        """Return the key of the object that runs: the model of model(x) or model.forward(x)."""
        return self.receiver if self.word == "forward" else self.function

    @property
    def is_call(self) -> bool:
        """Tell whether this is a call, else it is an assignment."""
        return isinstance(self.event, Call)

    def key(self, source: Source, expr: ast.expr | None) -> str:
        """Return the key of an expression of this event, in the caller's terms."""
        return _translated(source.key(expr, self.event.scope), self.names)


def course(source: Source, scope: Scope) -> list[Action]:
    """Return what running `scope` does, as far as this file shows."""
    contexts = tuple(context_name(source, d, scope.parent or scope) for d in scope.decorators)
    found = _unfolded(source, scope.events, Place(), contexts, {}, (scope.number,))
    return list(found)


def course_of(source: Source, scope: Scope) -> list[Action]:
    """Return the course of `scope`, worked out once."""
    known: dict[int, list[Action]] = source.kept.setdefault("courses", {})
    if scope.number not in known:
        known[scope.number] = course(source, scope)
    return known[scope.number]


def courses(source: Source, *words: str) -> Iterator[list[Action]]:
    """Yield the course of the module and of each function that may call one of `words`."""
    if not source.called(*words) and not any(f".{word}" in source.text for word in words):
        return
    for scope in source.scopes:
        if not scope.is_class and scope.events and source.reaches(scope, words):
            yield course_of(source, scope)


def within(actions: Iterable[Action], loop: Loop) -> list[Action]:
    """Return the actions that run inside of a loop."""
    return [action for action in actions if loop in action.place.loops]


def context_name(source: Source, expr: ast.expr, scope: Scope, depth: int = 3) -> str:
    """Return the full name of a context manager or decorator, with False if that is its argument.

    "?" where it cannot be told: it is chosen while the program runs. Of a method the last part.
    """
    if isinstance(expr, ast.Call):
        name = source.name(expr.func, scope)
        if not name and isinstance(expr.func, ast.Attribute):  # accelerator.accumulate(model)
            name = f".{expr.func.attr}"
        given = [*expr.args, *(k.value for k in expr.keywords if k.arg in ("enabled", "mode"))]
        off = any(isinstance(a, ast.Constant) and a.value is False for a in given)
        return f"{name}(False)" if off else name or "?"
    name = source.name(expr, scope)
    if name or depth == 0:
        return name or "?"
    values = source.values(expr, scope)
    if len(values) == 1 and values[0][2] is None:
        return context_name(source, values[0][0], values[0][1], depth - 1)
    return "?"


def _unfolded(
    source: Source,
    events: Iterable[Event],
    outside: Place,
    contexts: tuple[str, ...],
    names: dict[str, str],
    stack: tuple[int, ...],
) -> Iterator[Action]:
    seen: dict[tuple[ast.expr, ...], tuple[str, ...]] = {}
    for event in events:
        withs = event.place.withs
        if withs not in seen:
            seen[withs] = tuple(context_name(source, each, event.scope) for each in withs)
        around = (*contexts, *seen[withs])
        place = Place(
            outside.loops + event.place.loops,
            outside.branches + event.place.branches,
            outside.withs + withs,
        )
        if isinstance(event, Assignment):
            key = _translated(source.key(event.target, event.scope), names)
            yield Action(event, event.how, key, place, around, names)
            continue
        for function in _runs(source, event):
            if function.number in stack or len(stack) > DEEPEST:
                continue
            inner = {
                f"{function.number}:{name}": _translated(source.key(value, event.scope), names)
                for name, value in bound_arguments(function, event).items()
            }
            at = function.parent or function
            own = tuple(context_name(source, each, at) for each in function.decorators)
            deeper = (*stack, function.number)
            yield from _unfolded(
                source, function.events, place, around + own, {**names, **inner}, deeper
            )
        word, receiver = event.word, event.receiver
        if receiver is None:  # step = optimizer.step; step()
            word, receiver = _bound_method(source, event)
        key = _translated(source.key(receiver, event.scope), names)
        run = _translated(source.key(event.node.func, event.scope), names)
        yield Action(event, word, key, place, around, names, run)


def _bound_method(source: Source, call: Call) -> tuple[str, ast.expr | None]:
    values = source.values(call.node.func, call.scope)
    if len(values) == 1 and isinstance(values[0][0], ast.Attribute):
        return values[0][0].attr, values[0][0].value
    return call.word, None


def _runs(source: Source, call: Call) -> Iterator[Scope]:
    """Yield the functions of this file that a call runs: those passed to it, then its own."""
    given = [*call.node.args, *(k.value for k in call.node.keywords)]
    for value in given:
        if isinstance(value, (ast.Name, ast.Attribute, ast.Lambda)):
            function = source.defined(value, call.scope)
            if function is not None and function.is_function:
                yield function
    callee = source.callee(call)
    if callee is not None:
        yield callee


def _translated(key: str, names: dict[str, str]) -> str:
    """Return a key of a callee as its caller says it."""
    if not key or not names:
        return key
    end = min((key.find(c) for c in ".[(" if c in key), default=len(key))
    known = names.get(key[:end])
    return key if known is None else f"{known}{key[end:]}" if known else key
