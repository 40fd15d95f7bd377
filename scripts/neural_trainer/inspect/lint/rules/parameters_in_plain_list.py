"""Layers or parameters of a module stand in a plain list or dict.

Look: in a class that is a Module, self.x = [nn.Linear(...), ...], a
comprehension, dict or tuple of such, or self.x = [] filled by append, with
layers that have parameters, or Parameters.

Reason: a Module finds what it holds by attributes. What lies in a plain
container is not in parameters(), state_dict(), to() and train(): it is never
trained, moved or saved.

Fix: nn.ModuleList, nn.ModuleDict, nn.ParameterList, nn.ParameterDict.

Not reported: a list that is handed to ModuleList, Sequential or add_module;
layers without parameters; layers that are attributes too; a class that says
its parameters itself.

Sources: PyTorch documentation, torch.nn.ModuleList, torch.nn.ParameterList.
"""

from __future__ import annotations

import ast

from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.layers_with_parameters import has_parameters
from neural_trainer.inspect.lint.roles import is_module_class
from neural_trainer.inspect.lint.scope import Assignment, Scope
from neural_trainer.inspect.lint.source import Source, shown

ID = "parameters-in-plain-list"
CAUSE = "parameters-not-in-optimizer"
_REGISTERS = ("add_module", "register_module", "register_parameter", "setattr", "__setattr__")


def find(source: Source) -> list[Spot]:
    """Return each plain container of layers that a module keeps."""
    spots = []
    for cls in source.scopes:
        if not cls.is_class or not is_module_class(source, cls):
            continue
        methods = [s for s in source.scopes if source.class_around(s) is cls]
        if any(s.name in ("parameters", "named_parameters", "__setattr__") for s in methods):
            continue
        if any(c.word in _REGISTERS for s in methods for c in s.calls()):
            continue
        for scope in methods:
            for event in scope.events:
                if isinstance(event, Assignment) and event.how == "=":
                    spots += _of_assignment(source, cls, scope, event)
    return spots


def _of_assignment(source: Source, cls: Scope, scope: Scope, event: Assignment) -> list[Spot]:
    key = source.key(event.target, scope)
    if not key.startswith(f"{cls.number}:self.") or "[" in key or "." in shown(key)[5:]:
        return []
    value, at, name = event.value, scope, key
    if isinstance(value, ast.Name):  # layers = []; layers.append(...); self.layers = layers
        last = source.last_value(value, scope, event.place)
        if last is None:
            return []
        name, value = source.key(value, scope), last.value
    layer = _layer_in(source, value, at) or _appended(source, name)
    if layer is None or _registered(source, {key, name}):
        return []
    kind = type(value).__name__.replace("Comp", "").lower()
    saw = (
        f"{shown(key)} is a plain {kind} with {ast.unparse(layer)[:40]} (line {layer.lineno}): "
        "its parameters are not in parameters()"
    )
    return [Spot(event.node, saw)]


def _layer_in(source: Source, value: ast.expr, scope: Scope) -> ast.Call | None:
    """Return a layer with parameters that a plain container is written with."""
    items: list[ast.expr] = []
    if isinstance(value, (ast.List, ast.Tuple)):
        items = value.elts
    elif isinstance(value, ast.Dict):
        items = value.values
    elif isinstance(value, ast.ListComp):
        items = [value.elt]
    elif isinstance(value, ast.DictComp):
        items = [value.value]
    elif isinstance(value, ast.BinOp) and isinstance(value.op, (ast.Mult, ast.Add)):
        return _layer_in(source, value.left, scope) or _layer_in(source, value.right, scope)
    elif isinstance(value, ast.Call) and getattr(value.func, "id", "") in ("list", "tuple"):
        inner = value.args[0] if value.args else None
        items = [inner.elt] if isinstance(inner, (ast.GeneratorExp, ast.ListComp)) else []
        if isinstance(inner, (ast.List, ast.Tuple)):
            items = inner.elts
    calls = (item for item in items if isinstance(item, ast.Call))
    return next((item for item in calls if has_parameters(source, item, scope)), None)


def _appended(source: Source, key: str) -> ast.Call | None:
    """Return a layer that is appended to an empty list or put into an empty dict."""
    given = source.assignments.get(key, [])
    empty = (
        given
        and isinstance(given[0].value, (ast.List, ast.Dict))
        and not ast.unparse(given[0].value)[2:]
    )
    if not empty:
        return None
    for call in source.called("append", "insert", "extend"):
        if source.key(call.receiver, call.scope) == key and call.node.args:
            item = call.node.args[-1]
            if has_parameters(source, item, call.scope) and isinstance(item, ast.Call):
                return item
            inner = _layer_in(source, item, call.scope) if call.word == "extend" else None
            if inner is not None:
                return inner
    for other, items in source.assignments.items():
        for put in items if other == key else ():
            inner = _layer_in(source, put.value, put.scope) if put.how == "+=" else None
            if inner is not None:
                return inner
        for put in items if other.startswith(f"{key}[") else ():
            value = put.value
            if isinstance(value, ast.Call) and has_parameters(source, value, put.scope):
                return value
    return None


_CONTAINERS = (
    "ModuleList", "Sequential", "ModuleDict", "ParameterList", "ParameterDict", "OrderedDict",
)  # fmt: skip


def _registered(source: Source, keys: set[str]) -> bool:
    """Tell whether a container is handed to something that registers what it holds."""
    for call in source.called(*_CONTAINERS):
        for node in ast.walk(call.node):
            if isinstance(node, (ast.Name, ast.Attribute)) and source.key(node, call.scope) in keys:
                return True
    return False
