"""Where a tensor is cut off the graph it came from: the first cut on its way, step by step back."""

from __future__ import annotations

import ast
from typing import NamedTuple

from neural_trainer.inspect.lint.roles import MODEL, role
from neural_trainer.inspect.lint.scope import Place, Scope
from neural_trainer.inspect.lint.source import Source

DEEPEST = 9
CUTS = frozenset({"detach", "item", "numpy", "tolist", "argmax", "detach_"})
"""Methods whose result has no graph."""
ANEW = frozenset({"tensor", "as_tensor", "from_numpy", "Variable", "FloatTensor", "Tensor"})
"""Functions that make a tensor without the graph of what they are given."""
_OFF = ("no_grad", "inference_mode")


class Cut(NamedTuple):
    """One cut: the expression, what cuts, and whether it stands in the expression asked about."""

    node: ast.expr
    by: str
    direct: bool = True


def first_cut(
    source: Source, expr: ast.expr, scope: Scope, place: Place, depth: int = DEEPEST
) -> Cut | None:
    """Return the cut furthest back on the way to `expr`, None where none is in sight."""
    if depth == 0:
        return None

    def back(value: ast.expr) -> Cut | None:
        return first_cut(source, value, scope, place, depth - 1)

    if isinstance(expr, ast.Attribute) and expr.attr == "data":
        return back(expr.value) or Cut(expr, "data")
    if isinstance(expr, (ast.Name, ast.Attribute)) and source.key(expr, scope):
        found = _of_name(source, expr, scope, place, depth)
        return found._replace(direct=False) if found is not None else None
    if isinstance(expr, ast.Call):
        return _of_call(source, expr, scope, place, depth)
    parts = {
        ast.BinOp: ("left", "right"),
        ast.UnaryOp: ("operand",),
        ast.Subscript: ("value",),
        ast.Attribute: ("value",),
        ast.IfExp: ("body", "orelse"),
    }.get(type(expr), ())
    every = [cut for part in parts if (cut := back(getattr(expr, part))) is not None]
    return min(every, key=lambda cut: cut.direct, default=None)


def _of_name(source: Source, expr: ast.expr, scope: Scope, place: Place, depth: int) -> Cut | None:
    key = source.key(expr, scope)
    given = [
        a
        for a in source.assignments.get(key, ())
        if a.scope is scope and a.node.lineno < expr.lineno and a.how != "for"
    ]
    for item in reversed(given[-3:]):
        under = [
            c for w in item.place.withs[len(place.withs) :] if (c := _switch(source, w, scope))
        ]
        if under and isinstance(item.value, (ast.Call, ast.BinOp, ast.Attribute)):
            return Cut(item.value, under[0])
        value = item.value
        made = source.defined(value.func, scope) if isinstance(value, ast.Call) else None
        if item.element is not None and made is not None:
            for result in made.returns:
                if isinstance(result.value, ast.Tuple) and item.element < len(result.value.elts):
                    part = result.value.elts[item.element]
                    return first_cut(source, part, made, result.place, depth - 1)
        found = first_cut(source, value, scope, item.place, depth - 1)
        if found is not None:
            return found
    for call in source.called("append") if given else ():
        if call.scope is scope and source.key(call.receiver, scope) == key and call.node.args:
            return first_cut(source, call.node.args[0], scope, call.place, depth - 1)
    return None


def _switch(source: Source, context: ast.expr, scope: Scope) -> str:
    last = source.name(getattr(context, "func", context), scope).rpartition(".")[2]
    return last if last in _OFF else ""


def _of_call(source: Source, call: ast.Call, scope: Scope, place: Place, depth: int) -> Cut | None:
    name = source.name(call.func, scope).rpartition(".")[2]
    method = isinstance(call.func, ast.Attribute) and not name
    word = call.func.attr if isinstance(call.func, ast.Attribute) else name
    made = source.defined(call.func, scope)
    if made is not None and made.is_function:
        results = [first_cut(source, r.value, made, r.place, depth - 1) for r in made.returns]
        return next((cut for cut in results if cut is not None), None)
    if word == "forward" or role(source, call.func, scope) == MODEL:
        return None  # inputs may be cut: the weights are reached all the same
    given = [call.func.value] if isinstance(call.func, ast.Attribute) and method else []
    given += call.args
    found = [first_cut(source, each, scope, place, depth - 1) for each in given]
    known = [cut for cut in found if cut is not None]
    if known:
        return min(known, key=lambda cut: cut.direct)
    required = any(
        k.arg == "requires_grad" and getattr(k.value, "value", False) for k in call.keywords
    )
    cuts = (method and word in CUTS) or (name in ANEW and required)
    return Cut(call, word) if cuts else None
