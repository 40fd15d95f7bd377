"""Which functions of this file a call may run where it names none: methods of objects in sight.

update(x) of an object with __call__; c.epoch_ends(run) of each callback in a list;
getattr(c, "epoch_ends")(run).
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import TYPE_CHECKING

from neural_trainer.inspect.lint.hierarchy import derived
from neural_trainer.inspect.lint.parts import settled_through
from neural_trainer.inspect.lint.scope import Call, Scope

if TYPE_CHECKING:
    from neural_trainer.inspect.lint.source import Source

MOST = 8  # objects that one call may be of: more are a registry, of which few run


def called_object(source: Source, call: Call, passed: bool = True) -> Scope | None:
    """Return the __call__ of the object that a call is of: update(x), self.update(x)."""
    if not _have_call(source) or not isinstance(
        call.node.func, (ast.Name, ast.Attribute, ast.Call)
    ):
        return None
    cls = source.class_of(call.node.func, call.scope, passed)
    return source.method(cls, "__call__") if cls is not None else None


def _have_call(source: Source) -> bool:
    if "have_call" not in source.kept:
        source.kept["have_call"] = any(s.name == "__call__" and s.is_method for s in source.scopes)
    return bool(source.kept["have_call"])


def heirs(source: Source, scope: Scope) -> list[Scope]:
    """Return the classes that inherit a method which calls, on self, what they have anew."""
    if not scope.is_method or scope.parent is None or scope.name == "__init__":
        return []
    asked: set[str] = set()
    waiting = [scope]
    while waiting:
        method = waiting.pop()
        words = {c.word for c in method.calls() if _is_of_self(source, c, scope.parent)} - asked
        asked |= words
        inner = [source.method(scope.parent, word) for word in words]
        waiting += [each for each in inner if each is not None and each.is_function]
    found = []
    for cls in derived(source, scope.parent) if asked else ():
        bases = source.bases(cls)
        own = bases[: bases.index(scope.parent)]
        anew = any(c.inner[w].is_function for c in own for w in asked & set(c.inner))
        if anew and source.method(cls, scope.name) is scope:
            found.append(cls)
    return found if len(found) <= MOST else []


def own_method(source: Source, call: Call, cls: Scope | None) -> Scope | None:
    """Return the method of `cls` that a call on self of one of its bases runs, None of others."""
    if cls is None or not any(_is_of_self(source, call, base) for base in source.bases(cls)):
        return None
    method = source.method(cls, call.word)
    return method if method is not None and method.is_function else None


def _is_of_self(source: Source, call: Call, cls: Scope) -> bool:
    receiver = call.receiver
    of_a_name = isinstance(receiver, ast.Name)
    return of_a_name and source.key(receiver, call.scope) == f"{cls.number}:self"


def of_several(source: Source, call: Call, texts: Mapping[str, str]) -> list[Scope]:
    """Return the methods that a call runs of objects of several classes, in the order of a list.

    texts: what parameters are called with, by key, where that is a text that is written out.
    """
    known: dict[int, list[Scope]] = source.kept.setdefault("of_several", {})
    chosen = isinstance(call.node.func, ast.Call)  # by a text, which may be another each time
    if chosen or id(call.node) not in known:
        known[id(call.node)] = []  # while it is being worked out
        known[id(call.node)] = _of_several(source, call, texts)
    return known[id(call.node)]


def _of_several(source: Source, call: Call, texts: Mapping[str, str]) -> list[Scope]:
    func, name = call.node.func, call.word
    held: ast.expr | None = func.value if isinstance(func, ast.Attribute) else None
    if isinstance(func, ast.Call) and getattr(func.func, "id", "") == "getattr":
        if len(func.args) < 2:
            return []
        held, name = func.args[0], _text(source, func.args[1], call.scope, texts)
    held_one = function_held(source, func, call.scope)
    if held_one is not None:
        return [held_one]
    if isinstance(func, ast.Name):  # hook(model) of `for hook in hooks`
        held, name = func, ""
    if held is None or not isinstance(held, (ast.Name, ast.Attribute, ast.Subscript)):
        return []
    found = [
        _function(source, value, at, name)
        for value, at in settled_through(source, held, call.scope)
    ]
    known = {function.number: function for function in found if function is not None}
    return list(known.values()) if len(known) <= MOST else []


def function_held(source: Source, expr: ast.expr, scope: Scope) -> Scope | None:
    """Return the one function or lambda that a name or attribute holds: self.make of a callback."""
    if not isinstance(expr, (ast.Name, ast.Attribute, ast.Subscript)):
        return None
    found = {id(v): (v, at) for v, at in settled_through(source, expr, scope)}
    if len(found) != 1:
        return None
    function = source.defined(*next(iter(found.values())))
    return function if function is not None and function.is_function else None


def registered(source: Source, table: str) -> list[Scope]:
    """Return what decorators of this file put into a table: @expert("mlp") of EXPERTS[name] = f."""
    puts = {
        scope.parent.number if scope.parent is not None else 0
        for key, items in source.assignments.items()
        if key.startswith(f"{table}[")
        for scope in (item.scope for item in items)
        if scope.is_function
    }
    found = []
    for scope in source.scopes if puts else ():
        for each in scope.decorators:
            made = (
                source.defined(each.func, scope.parent or scope)
                if isinstance(each, ast.Call)
                else None
            )
            if made is not None and made.number in puts:
                found.append(scope)
    return found


def _function(source: Source, value: ast.expr, at: Scope, name: str) -> Scope | None:
    """Return the method `name` of an object, or the function that a value is where it is ""."""
    if not name:
        function = source.defined(value, at)
        return function if function is not None and function.is_function else None
    cls = source.class_of(value, at)
    return source.method(cls, name) if cls is not None else None


def _text(source: Source, expr: ast.expr, scope: Scope, texts: Mapping[str, str]) -> str:
    if isinstance(expr, ast.Constant):
        return str(expr.value)
    return texts.get(source.key(expr, scope), "")
