"""Which call built a module, and which of its layers come last."""

from __future__ import annotations

import ast

from neural_trainer.inspect.lint.parts import default, part_values
from neural_trainer.inspect.lint.scope import Assignment, Call, Place, Scope
from neural_trainer.inspect.lint.settings import taken
from neural_trainer.inspect.lint.source import SAME_OBJECT, WRAPPERS, Source, word_in


def layer_built(
    source: Source, expr: ast.expr, scope: Scope, depth: int
) -> tuple[ast.Call, Scope] | None:
    """Return the call that built the module that `expr` names, where there is one such call."""
    if depth == 0:
        return None
    if isinstance(expr, ast.Call):
        wrapped = isinstance(expr.func, ast.Attribute) and not source.name(expr.func, scope)
        if wrapped and isinstance(expr.func, ast.Attribute) and expr.func.attr in SAME_OBJECT:
            return layer_built(source, expr.func.value, scope, depth - 1)
        if word_in(expr.func, WRAPPERS) and expr.args:
            return layer_built(source, expr.args[0], scope, depth - 1)
        made = source.defined(expr.func, scope)
        if made is not None and made.is_function and len(made.returns) == 1:
            return layer_built(source, made.returns[0].value, made, depth - 1)
        return expr, scope
    values = [(v, s) for v, s, index in source.values(expr, scope) if index is None]
    key = source.key(expr, scope)
    if not key:  # {"relu": nn.ReLU()}[name]
        values = part_values(source, expr, scope)
    if not values and isinstance(expr, ast.Name):
        values = default(source, expr, scope)
    # model = Net(); model = model.to(device): the second says nothing new
    fresh = [(v, s) for v, s in values if not key or not _is_of_itself(source, v, s, key)]
    return layer_built(source, *fresh[0], depth - 1) if len(fresh) == 1 else None


def _is_of_itself(source: Source, value: ast.expr, scope: Scope, key: str) -> bool:
    return any(
        source.key(node, scope) == key
        for node in ast.walk(value)
        if isinstance(node, (ast.Name, ast.Attribute))
    )


def last_in_turn(source: Source, call: ast.Call, scope: Scope) -> ast.expr | None:
    """Return the last layer of those that a loop runs one after the other: x = layer(x)."""
    if not isinstance(call.func, ast.Name) or not call.args:
        return None
    items = source.assignments.get(source.key(call.func, scope), ())
    fed = source.assignments.get(source.key(call.args[0], scope), ())
    if len(items) != 1 or items[0].how != "for" or not any(a.value is call for a in fed):
        return None
    layers = [value for value, _, index in source.values(call.func, scope) if index is None]
    return layers[-1] if layers else None


def new_head(source: Source, built: ast.Call, at: Scope) -> ast.expr | None:
    """Return what a model of a library is given for its last layer: net.fc = nn.Sequential(...)."""
    for event in at.events:
        if isinstance(event, Assignment) and event.value is built:
            key = source.key(event.target, at)
            added = [
                c.argument(1, "module")
                for c in source.called("add_module")
                if c.scope is at and source.key(c.receiver, at) in {f"{key}.{n}" for n in _HEADS}
            ]
            if added:
                return added[-1]
            names = [f"{key}.{name}{item}" for item in _LAST for name in _HEADS]
            put = [source.assignments.get(name) for name in names]
            given = [items[-1] for items in put if items and items[-1].scope is at]
            return given[0].value if len(given) == 1 else None
    return None


_HEADS = ("fc", "classifier", "head", "heads")
"""What torchvision and timm call the last layer."""
_LAST = ("", "[*]", *(f"[{n}]" for n in (-1, 1, 2, 3, 6)))
"""Which item of a head its last layer is: by the place that it has in models of torchvision."""


def last_layers(source: Source, sequential: ast.Call, scope: Scope) -> list[ast.expr]:
    """Return the layers of a Sequential from the last one back, as far as they can be seen.

    Also of one that is a class of this file, by its super().__init__(...).
    """
    target: ast.expr | None = next(
        (e.target for e in scope.events if isinstance(e, Assignment) and e.value is sequential),
        None,
    )
    if getattr(sequential.func, "attr", "") == "__init__" and scope.is_method:
        target = ast.Name(scope.parameters[0], ast.Load())
    found: list[ast.expr] = []
    for change in reversed(_changes(source, source.key(target, scope), scope)) if target else ():
        layers = _added(change) if taken(source, change.place, scope) else []
        if not layers:
            return found
        found += layers
    for each in reversed(sequential.args):
        if isinstance(each, ast.Starred):
            return found + _last_listed(source, each.value, scope)
        if isinstance(each, ast.Call) and "OrderedDict" in ast.unparse(each.func):
            return found + _last_named(each)
        found.append(each)
    return found


def built_in_turn(source: Source, made: Scope) -> tuple[ast.Call, Scope] | None:
    """Return super().__init__(...) of a class that is a Sequential, with where it stands."""
    begin = source.method(made, "__init__") if made.is_class else None
    if begin is None or source.method(made, "forward") is not None:
        return None
    if "torch.nn.Sequential" not in source.base_names(made):
        return None
    calls = [c for c in begin.calls() if c.word == "__init__" and not c.place.branches]
    return (calls[0].node, begin) if len(calls) == 1 else None


def _last_named(ordered: ast.Call) -> list[ast.expr]:
    """Return the layers of an OrderedDict, given as pairs or by keyword, from the last one back."""
    if not ordered.args:
        return [item.value for item in reversed(ordered.keywords) if item.arg]
    pairs = getattr(ordered.args[0], "elts", [])
    whole = all(isinstance(pair, ast.Tuple) and len(pair.elts) == 2 for pair in pairs)
    return [pair.elts[1] for pair in reversed(pairs)] if whole else []


def _last_listed(source: Source, layers: ast.expr, scope: Scope) -> list[ast.expr]:
    """Return the last items of a list of layers, from the last one back: added, else begun with."""
    if isinstance(layers, (ast.List, ast.Tuple)):
        return _items(layers)
    key = source.key(layers, scope)
    found: list[ast.expr] = []
    for change in reversed(_changes(source, key, scope)):
        if change.node.lineno > layers.lineno:
            continue
        items = _added(change) if taken(source, change.place, scope) else []
        if not items:
            return found
        found += items
    given = source.last_value(layers, scope, Place())
    return found + (_items(given.value) if given is not None else [])


def _changes(source: Source, key: str, scope: Scope) -> list[Call | Assignment]:
    """Return what a scope does to the items of a list or Sequential, in order."""
    return [
        event
        for event in scope.events
        if (
            isinstance(event, Call)
            and event.word in ("append", "extend", "insert", "add_module", "pop")
            and source.key(event.receiver, scope) == key
        )
        or (
            isinstance(event, Assignment)
            and event.how == "+="
            and source.key(event.target, scope) == key
        )
    ]


def _added(change: Call | Assignment) -> list[ast.expr]:
    """Return the items that a change puts at the end, from the last one back; [] of others."""
    if isinstance(change, Assignment):
        return _items(change.value)
    given = change.argument(1 if change.word == "add_module" else 0, "module")
    if given is None or change.word in ("insert", "pop"):
        return []
    return _items(given) if change.word == "extend" else [given]


def _items(layers: ast.expr) -> list[ast.expr]:
    elements = layers.elts if isinstance(layers, (ast.List, ast.Tuple)) else []
    return [] if any(isinstance(e, ast.Starred) for e in elements) else elements[::-1]
