"""What a piece of code runs under: `with` blocks and decorators, by the full names of contexts.

Through functions that return a context, @contextmanager of this file, decorators that call what
they decorate within a block, contexts that are chosen by a condition, what an ExitStack enters, and
generators: a loop over one runs in the block that it yields in.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import NamedTuple

from neural_trainer.inspect.lint.dispatch import function_held
from neural_trainer.inspect.lint.parts import Given
from neural_trainer.inspect.lint.scope import Assignment, Place, Scope, taken_from
from neural_trainer.inspect.lint.settings import truth
from neural_trainer.inspect.lint.source import Source

_NOTHING = ("contextlib.nullcontext", "contextlib.suppress", "contextlib.ExitStack")
DEEPEST = 4  # names and functions from a `with` to the context that is meant


class Entered(NamedTuple):
    """One context: its full name, and the expression that makes it with the scope it stands in.

    name: with (False) where that is its argument; "?" where it cannot be told, "?torch.autocast"
    where it may be that or none; of a method the last part.
    """

    name: str
    node: ast.expr
    scope: Scope


def context_name(source: Source, expr: ast.expr, scope: Scope) -> str:
    """Return the full name of the innermost context that an expression enters."""
    names = [each.name for each in entered(source, expr, scope)]
    return names[-1] if names else _NOTHING[0]


def entered(
    source: Source, expr: ast.expr, scope: Scope, depth: int = DEEPEST
) -> tuple[Entered, ...]:
    """Return all contexts that an expression enters, outermost first."""
    if isinstance(expr, ast.IfExp):
        arms = [(expr.body, scope), (expr.orelse, scope)]
        return _one_of(source, arms, (expr, scope), depth)
    if isinstance(expr, ast.Call):
        return _of_call(source, expr, scope, depth)
    name = source.name(expr, scope)
    if name or depth == 0:
        return (Entered(name or "?", expr, scope),)
    held = source.defined(expr, scope)
    if held is not None and held.is_function:  # a decorator of this file
        return _of_decorator(source, held, depth) or (Entered("?", expr, scope),)
    values = [(v, at) for v, at, index in source.values(expr, scope) if index is None]
    return _one_of(source, values, (expr, scope), depth)


def entered_by_decorators(source: Source, function: Scope) -> tuple[Entered, ...]:
    """Return the contexts that a function's decorators put it under."""
    at = function.parent or function
    return tuple(each for d in function.decorators for each in entered(source, d, at))


def names_of(contexts: Iterable[Entered]) -> tuple[str, ...]:
    """Return the names of contexts."""
    return tuple(each.name for each in contexts)


def _of_place(source: Source, place: Place, scope: Scope, depth: int) -> tuple[Entered, ...]:
    return tuple(c for w in place.withs for c in entered(source, w, scope, depth))


def _of_call(source: Source, call: ast.Call, scope: Scope, depth: int) -> tuple[Entered, ...]:
    name = source.name(call.func, scope)
    made = None
    if not name and depth:
        made = source.defined(call.func, scope) or function_held(source, call.func, scope)
    if made is not None and is_context_manager(source, made):
        place = made.yields[0].place
        own = _of_place(source, place, made, depth - 1)
        return (*own, *_stacked(source, made, set(place.withs), depth - 1))
    if made is not None and made.is_class:
        inside = source.method(made, "__enter__")
        return _entered_by_hand(source, inside, depth - 1) or (Entered("?", call, scope),)
    if made is not None and made.is_function and _stacks_returned(source, made):
        return _stacked(source, made, _stacks_returned(source, made), depth - 1)
    if made is not None and made.is_function and made.returns:
        results = [(item.value, made) for item in made.returns]
        return _one_of(source, results, (call, scope), depth)
    if not name and isinstance(call.func, ast.Attribute):  # accelerator.accumulate(model)
        name = f".{call.func.attr}"
    given = [*call.args, *(k.value for k in call.keywords if k.arg in ("enabled", "mode"))]
    off = any(isinstance(a, ast.Constant) and a.value is False for a in given)
    if name == "torch.set_grad_enabled" and given:
        on = truth(source, given[0], scope)
        off = on is False
        name = "torch.enable_grad" if on else name
    return (Entered(f"{name}(False)" if off else name or "?", call, scope),)


def _stacked(
    source: Source, function: Scope, stacks: set[ast.expr], depth: int
) -> tuple[Entered, ...]:
    """Return what the ExitStacks of a function enter, which `stacks` make; maybe in a branch."""
    made = [a for a in function.events if isinstance(a, Assignment) and a.value in stacks]
    begun = {source.key(a.target, function): a.place for a in made}
    found: list[Entered] = []
    for call in function.calls() if begun else ():
        place = begun.get(source.key(call.receiver, function))
        given = call.argument(0, "cm")
        if place is None or given is None or call.word != "enter_context":
            continue
        maybe = len(call.place.branches) > len(place.branches)
        each = entered(source, given, function, depth)
        found += [c._replace(name=f"?{c.name.lstrip('?')}") for c in each] if maybe else each
    return tuple(found)


def _stacks_returned(source: Source, function: Scope) -> set[ast.expr]:
    """Return what makes the ExitStacks that a function gives back once it has entered them."""
    given = {source.key(item.value, function) for item in function.returns} - {""}
    return {
        a.value
        for a in function.events
        if isinstance(a, Assignment) and source.key(a.target, function) in given
        if isinstance(a.value, ast.Call) and source.name(a.value.func, function) in _NOTHING
    }


def _entered_by_hand(source: Source, enter: Scope | None, depth: int) -> tuple[Entered, ...]:
    """Return what the __enter__ of a class of this file enters: self.cast.__enter__()."""
    found: list[Entered] = []
    for call in enter.calls() if enter is not None and depth > 0 else ():
        if call.word == "__enter__" and call.receiver is not None:
            found += entered(source, call.receiver, call.scope, depth)
    return tuple(found)


def left_on(source: Source, loops: Iterable[ast.AST], scope: Scope) -> tuple[Entered, ...]:
    """Return the contexts of torch in which generators of this file yield what loops go over.

    They hold in the body of the loop as well; those of a decorator do not, as torch sees to it.
    """
    found: list[Entered] = []
    for loop in loops:
        over = taken_from(loop)
        for part in ast.walk(over) if over is not None else ():
            function = _generator(source, part, scope) if isinstance(part, ast.expr) else None
            if function is not None:
                found += _of_yields(source, function)
    return tuple(found)


def _generator(source: Source, over: ast.expr, scope: Scope) -> Scope | None:
    """Return the generator of this file that an expression runs: batches(), one with __iter__."""
    if not isinstance(over, (ast.Call, ast.Name, ast.Attribute)):
        return None
    if not isinstance(over, ast.Call):  # batches = buffer.minibatches()
        held = source.values(over, scope)
        alone = held[0] if len(held) == 1 and held[0][2] is None else None
        over, scope = (alone[0], alone[1]) if alone is not None else (over, scope)
    made = source.defined(over.func, scope) if isinstance(over, ast.Call) else None
    if made is None or made.is_class:
        cls = source.class_of(over, scope)
        made = source.method(cls, "__iter__") if cls is not None else None
    return made if made is not None and made.yields else None


def _of_yields(source: Source, generator: Scope) -> tuple[Entered, ...]:
    known: dict[int, tuple[Entered, ...]] = source.kept.setdefault("of_yields", {})
    if generator.number not in known:
        known[generator.number] = ()  # while it is worked out: it may call itself
        each = [
            (*left_on(source, y.place.loops, generator), *_of_place(source, y.place, generator, 2))
            for y in generator.yields
        ]
        same = {names_of(contexts) for contexts in each}
        kept = [c for c in each[0] if c.name.startswith("torch.")] if len(same) == 1 else []
        known[generator.number] = tuple(kept)
    return known[generator.number]


def _one_of(source: Source, values: list[Given], asked: Given, depth: int) -> tuple[Entered, ...]:
    """Return the contexts where there is one, what it may be where the other is none, else "?"."""
    unknown = (Entered("?", *asked),)
    if depth == 0 or not values:
        return unknown
    found = {
        names_of(each): each for v, at in values for each in [entered(source, v, at, depth - 1)]
    }
    some = [each for names, each in found.items() if not set(names) <= set(_NOTHING)]
    if len(found) == 1:
        return next(iter(found.values()))
    if len(some) != 1:
        return unknown
    return tuple(c._replace(name=f"?{c.name.lstrip('?')}") for c in some[0])


def is_context_manager(source: Source, function: Scope) -> bool:
    """Tell whether a function of this file is a @contextmanager."""
    at = function.parent or function
    return bool(function.yields) and any(
        source.name(d, at).endswith("contextmanager") for d in function.decorators
    )


def _of_decorator(source: Source, decorator: Scope, depth: int) -> tuple[Entered, ...]:
    """Return the contexts in which a decorator of this file calls what it decorates."""
    decorated = decorator.parameters[0] if decorator.parameters else ""
    for inner in decorator.inner.values():
        for call in inner.calls() if decorated and inner.is_function else ():
            if isinstance(call.node.func, ast.Name) and call.node.func.id == decorated:
                return _of_place(source, call.place, inner, depth - 1)
    return ()
