"""What a dict holds, entry by entry, by whatever way it is put together."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from typing import TypeAlias

from neural_trainer.inspect.lint.filled_in import PutIn
from neural_trainer.inspect.lint.parts import settled_through
from neural_trainer.inspect.lint.scope import Scope
from neural_trainer.inspect.lint.source import Source

Entry: TypeAlias = "tuple[str, ast.expr, Scope]"
UNNAMED = "?"
"""The name of an entry that is worked out."""


def entries(source: Source, what: ast.expr, scope: Scope, depth: int = 4) -> Iterator[Entry]:
    """Yield name, value and scope of all that a dict holds; one without a name where it is none."""
    held = _of_display(source, what, scope, depth)
    if held is not None:
        yield from held
        return
    values = source.values(what, scope) if isinstance(what, (ast.Name, ast.Attribute)) else []
    if isinstance(what, ast.Call) and depth > 0:
        made = source.defined(what.func, scope)
        if made is not None and made.is_function:
            values = [(item.value, made, None) for item in made.returns]
    if not values or depth <= 0:
        yield "", what, scope
        return
    for value, at, _ in values:
        yield from entries(source, value, at, depth - 1)
    yield from _put_later(source, source.key(what, scope), depth)


def _of_display(source: Source, what: ast.expr, scope: Scope, depth: int) -> Iterator[Entry] | None:
    """Return the entries of a dict that is written out, None for other expressions."""
    if isinstance(what, ast.Dict):
        return _of_dict(source, what, scope, depth)
    if isinstance(what, ast.BinOp) and isinstance(what.op, ast.BitOr) and depth > 0:
        sides = (what.left, what.right)
        return (each for side in sides for each in entries(source, side, scope, depth - 1))
    if isinstance(what, ast.DictComp) and depth > 0:
        return _of_comprehension(source, what, scope, depth)
    if isinstance(what, ast.Call) and getattr(what.func, "id", "") == "dict" and depth > 0:
        return _of_call(source, what, scope, depth)
    return None


def _of_dict(source: Source, what: ast.Dict, scope: Scope, depth: int) -> Iterator[Entry]:
    for key, value in zip(what.keys, what.values, strict=True):
        if key is None and depth > 0:
            yield from entries(source, value, scope, depth - 1)
        else:
            name = str(key.value) if isinstance(key, ast.Constant) else UNNAMED
            yield name, value, scope


def _of_call(source: Source, what: ast.Call, scope: Scope, depth: int) -> Iterator[Entry]:
    for each in what.args:
        yield from entries(source, each, scope, depth - 1)
    for item in what.keywords:
        if item.arg is None:
            yield from entries(source, item.value, scope, depth - 1)
        else:
            yield item.arg, item.value, scope


def _of_comprehension(
    source: Source, what: ast.DictComp, scope: Scope, depth: int
) -> Iterator[Entry]:
    """Yield {k: f(v) for k, v in table.items()}, or over names, entry by entry."""
    each = what.generators[0]
    known = list(rounds(source, each.target, each.iter, scope, depth - 1))
    if len(what.generators) > 1 or not known:
        yield UNNAMED, what.value, scope
        return
    for values in known:
        putting = PutIn(values)
        key = putting.visit(copy.deepcopy(what.key))
        value = putting.visit(copy.deepcopy(what.value))
        yield str(key.value) if isinstance(key, ast.Constant) else UNNAMED, value, scope


def rounds(
    source: Source, target: ast.expr, over: ast.expr, scope: Scope, depth: int
) -> Iterator[dict[str, ast.expr]]:
    """Yield what the names of a loop stand for, round by round, where all is written out."""
    items = isinstance(over, ast.Call) and getattr(over.func, "attr", "") == "items"
    if items and isinstance(over, ast.Call) and isinstance(over.func, ast.Attribute):
        pairs = list(entries(source, over.func.value, scope, depth))
        rows: list[list[ast.expr]] = [[ast.Constant(k), v] for k, v, _ in pairs if k]
    else:
        held = [over] if isinstance(over, (ast.Tuple, ast.List)) else []
        if isinstance(over, (ast.Name, ast.Attribute)):
            held = [v for v, _ in settled_through(source, over, scope)]  # type: ignore[misc]
        lists = [h for h in held if isinstance(h, (ast.Tuple, ast.List))]
        rows = [
            each.elts if isinstance(each, ast.Tuple) else [each]
            for one in lists[:1]
            for each in one.elts
        ]
    names = target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]
    for row in rows:
        if len(row) == len(names) and all(isinstance(name, ast.Name) for name in names):
            yield {n.id: v for n, v in zip(names, row, strict=True) if isinstance(n, ast.Name)}


def _put_later(source: Source, key: str, depth: int) -> Iterator[Entry]:
    """Yield what is put into a dict after it is made: by item, or by update."""
    for other, given in source.assignments.items() if key else ():
        if other.startswith(f"{key}["):
            for item in given:
                yield other[len(key) + 2 : -2], item.value, item.scope
    for call in source.called("update", "setdefault") if key else ():
        if source.key(call.receiver, call.scope) != key:
            continue
        if call.word == "setdefault" and len(call.node.args) == 2:
            name = call.node.args[0]
            held = str(name.value) if isinstance(name, ast.Constant) else UNNAMED
            yield held, call.node.args[1], call.scope
            continue
        for each in call.node.args:
            yield from entries(source, each, call.scope, depth - 1)
        yield from ((k.arg or UNNAMED, k.value, call.scope) for k in call.node.keywords)
