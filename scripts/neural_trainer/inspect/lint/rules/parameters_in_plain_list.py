"""Layers or parameters of a module stand in a plain list or dict.

Look: in a class that is a Module, self.x = [nn.Linear(...), ...], a
comprehension, dict or tuple of such, or self.x = [] filled by append, by key or
+=, with layers that have parameters, or Parameters, also out of a function; an object of a
class that is no Module and keeps such. Where it is filled later, it stands there.

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
from neural_trainer.inspect.lint.scope import Assignment, Call, Scope
from neural_trainer.inspect.lint.source import SAME_OBJECT, Source, shown, word_in

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
    made = source.defined(value.func, scope) if isinstance(value, ast.Call) else None
    if made is not None and made.is_class:
        return _of_holder(source, made, event)
    if made is not None and len(made.returns) == 1:  # self.layers = make_layers(n)
        value, at = made.returns[0].value, made
        last = source.last_value(value, made, made.returns[0].place)
        name, value = (source.key(value, made), last.value) if last is not None else ("", value)
    if event.element is not None:  # self.body, self.sizes = build()
        parts = value.elts if isinstance(value, (ast.Tuple, ast.List)) else []
        if event.element >= len(parts):
            return []
        name, value = "", parts[event.element]
    layer = _layer_in(source, value, at)
    put = _put(source, name, value) if layer is None else None
    layer, node = put if put is not None else (layer, event.node)
    if layer is None or _registered(source, {key, name} - {""}):
        return []
    if name != key:  # a local container: it is kept here
        node = event.node
    kind = type(value).__name__.replace("Comp", "").lower()
    saw = (
        f"{shown(key)} is a plain {kind} with {ast.unparse(layer)[:40]} (line {layer.lineno}): "
        "its parameters are not in parameters()"
    )
    return [Spot(node, saw)]


def _of_holder(source: Source, holder: Scope, event: Assignment) -> list[Spot]:
    """Return where a module keeps an object of a class of this file that is none, with layers."""
    made = holder.inner.get("__init__")
    bases = getattr(holder.node, "bases", [])
    if made is None or bases or holder.decorators:
        return []
    for item in made.events:
        own = isinstance(item, Assignment) and source.key(item.target, made).startswith(
            f"{holder.number}:self."
        )
        layer = _built(source, item.value, made) if own and isinstance(item, Assignment) else None
        if layer is not None:
            saw = (
                f"{holder.name} is no Module and keeps {ast.unparse(layer)[:40]} "
                f"(line {layer.lineno}): its parameters are not in parameters()"
            )
            return [Spot(event.node, saw)]
    return []


def _layer_in(source: Source, value: ast.expr, scope: Scope) -> ast.Call | None:
    """Return a layer with parameters that a plain container is written with."""
    if isinstance(value, ast.IfExp):
        return _layer_in(source, value.body, scope) or _layer_in(source, value.orelse, scope)
    if isinstance(value, ast.BinOp) and isinstance(value.op, (ast.Mult, ast.Add, ast.BitOr)):
        return _layer_in(source, value.left, scope) or _layer_in(source, value.right, scope)
    for item in _items(value):
        layer = _built(source, item, scope) or _layer_in(source, item, scope)
        if layer is not None:
            return layer
    return None


def _items(value: ast.expr) -> list[ast.expr]:
    """Return what a plain container is written with: list, tuple, dict, comprehension, or so."""
    if isinstance(value, (ast.List, ast.Tuple)):
        return [e.value if isinstance(e, ast.Starred) else e for e in value.elts]
    if isinstance(value, ast.Dict):
        return value.values
    if isinstance(value, (ast.ListComp, ast.GeneratorExp)):
        return [value.elt]
    if isinstance(value, ast.DictComp):
        return [value.value]
    word = getattr(value.func, "id", "") if isinstance(value, ast.Call) else ""
    if not isinstance(value, ast.Call) or word not in ("list", "tuple", "dict", "zip", "map"):
        return []
    if word == "map":
        return [value.args[0].body] if isinstance(value.args[0], ast.Lambda) else []
    return [each for given in value.args for each in (_items(given) or [given])] + [
        item.value for item in value.keywords
    ]


def _built(source: Source, item: ast.expr, scope: Scope) -> ast.Call | None:
    """Return the layer with parameters that an expression builds, or is a copy of."""
    if isinstance(item, ast.Call) and getattr(item.func, "attr", "") in SAME_OBJECT:
        return _built(source, item.func.value, scope)  # type: ignore[attr-defined]
    if isinstance(item, ast.Call) and word_in(item.func, frozenset({"deepcopy", "copy"})):
        given = item.args[0] if item.args else None
        values = source.values(given, scope) if isinstance(given, ast.Name) else []
        made = values[0][0] if len(values) == 1 else given
        return item if made is not None and has_parameters(source, made, scope) else None
    return item if isinstance(item, ast.Call) and has_parameters(source, item, scope) else None


def _put(source: Source, key: str, value: ast.expr) -> tuple[ast.Call, ast.stmt | ast.expr] | None:
    """Return a layer that is put into a container which begins empty, and where it is put."""
    if not _begins_empty(value):
        return None
    for call in source.called("append", "insert", "extend", "appendleft", "setdefault", "update"):
        if source.key(call.receiver, call.scope).split("[")[0] == key and call.node.args:
            item = call.node.args[-1]
            layer = _built(source, item, call.scope) or _layer_of_name(source, item, call)
            layer = layer or _layer_in(source, item, call.scope)
            if layer is not None:
                return layer, call.node
    for other, items in source.assignments.items():
        for put in items if other == key or other.startswith(f"{key}[") else ():
            inner = _layer_in(source, put.value, put.scope) if put.how == "+=" else None
            own = other != key and (
                _built(source, put.value, put.scope) or _layer_of_name(source, put.value, put)
            )
            if inner is not None or own:
                return inner or own, put.node  # type: ignore[return-value]
    return None


def _begins_empty(value: ast.expr) -> bool:
    """Tell whether an expression is an empty list or dict, or a table that fills itself."""
    if isinstance(value, (ast.List, ast.Dict)):
        return not ast.unparse(value)[2:]
    return isinstance(value, ast.Call) and word_in(value.func, _PLAIN) and not value.keywords


_PLAIN = frozenset({"list", "dict", "deque", "OrderedDict", "defaultdict"})


def _layer_of_name(source: Source, item: ast.expr, put: Call | Assignment) -> ast.Call | None:
    """Return the layer that a local variable holds which is put into a container."""
    last = source.last_value(item, put.scope, put.place) if isinstance(item, ast.Name) else None
    return _built(source, last.value, put.scope) if last is not None else None


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
