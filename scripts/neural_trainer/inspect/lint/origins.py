"""Which operation made a tensor: followed back through names, shapes, functions and models."""

from __future__ import annotations

import ast
from typing import NamedTuple

from neural_trainer.inspect.lint.scope import Assignment, Call, Place, Scope
from neural_trainer.inspect.lint.source import Source

DEEPEST = 12  # steps back from a use to where the value was made

SAME_VALUES = frozenset({
    "view", "reshape", "squeeze", "unsqueeze", "flatten", "transpose", "permute", "contiguous",
    "clone", "float", "double", "half", "to", "cuda", "cpu", "type", "type_as", "bfloat16",
    "requires_grad_", "view_as", "reshape_as", "t", "unflatten", "gather", "index_select",
    "take_along_dim", "masked_select", "select", "swapaxes", "movedim", "T",
})  # fmt: skip
"""Methods that give the same numbers, all or some, in another shape, type or place."""
_JOINS = frozenset({"stack", "cat", "concat", "concatenate", "hstack", "vstack"})
_SAME_LAYERS = frozenset({"Flatten", "Unflatten", "Identity", "Dropout"})
"""Layers that give the same numbers in another shape; a dropout is none in evaluation."""


class Origin(NamedTuple):
    """An operation by its short name (`softmax`, `sigmoid`, `log`), and where it stands."""

    operation: str
    node: ast.expr
    scope: Scope
    place: Place


def origin_of_argument(source: Source, call: Call, position: int, keyword: str) -> Origin | None:
    """Return what made an argument of `call`, None where it cannot be told."""
    given = call.argument(position, keyword)
    return origin(source, given, call.scope, call.place) if given is not None else None


def origin(
    source: Source,
    expr: ast.expr,
    scope: Scope,
    place: Place,
    index: int | None = None,
    depth: int = DEEPEST,
) -> Origin | None:
    """Return what made the value of `expr`, or its element `index`; None: it cannot be told."""
    if depth == 0:
        return None
    if isinstance(expr, (ast.Tuple, ast.List)):
        if index is None or index >= len(expr.elts):
            return None
        return origin(source, expr.elts[index], scope, place, None, depth - 1)
    if isinstance(expr, ast.NamedExpr):
        return origin(source, expr.value, scope, place, index, depth - 1)
    if isinstance(expr, ast.Subscript) and index is None:
        return origin(source, expr.value, scope, place, None, depth - 1)
    if isinstance(expr, (ast.Name, ast.Attribute)):
        last = source.last_value(expr, scope, place)
        if last is None:
            return _of_parameter(source, expr, scope, index, depth)
        if index is not None and last.element is not None:
            return None
        element = last.element if last.element is not None else index
        return origin(source, last.value, scope, last.place, element, depth - 1)
    if isinstance(expr, ast.Call):
        return _of_call(source, expr, scope, place, index, depth)
    if isinstance(expr, ast.BinOp) and _is_logistic(expr):
        return Origin("sigmoid", expr, scope, place)
    return None


def _is_logistic(expr: ast.BinOp) -> bool:
    """Tell whether an expression is 1 / (1 + exp(-z))."""
    ones = [expr.left, expr.right.left] if isinstance(expr.right, ast.BinOp) else []
    plain = all(isinstance(one, ast.Constant) and one.value == 1 for one in ones)
    if not plain or not ones or not isinstance(expr.op, ast.Div):
        return False
    inner = expr.right.right  # type: ignore[attr-defined]
    exp = isinstance(inner, ast.Call) and ast.unparse(inner.func).endswith("exp")
    return exp and isinstance((*inner.args, None)[0], ast.UnaryOp)


def _of_parameter(
    source: Source, expr: ast.expr, scope: Scope, index: int | None, depth: int
) -> Origin | None:
    """Return what made an argument, where all calls of the function in this file agree."""
    binder = source.binder(expr.id, scope) if isinstance(expr, ast.Name) else None
    if binder is not scope or not isinstance(expr, ast.Name) or expr.id not in scope.parameters:
        return None
    if source.assignments.get(source.key(expr, scope)):
        return None
    found = [
        origin(source, value, at, source.place_of(value, at), index, depth - 2)
        for value, at in source.passed(scope, expr.id)
    ]
    known = [item for item in found if item is not None]
    same = len(known) == len(found) and len({item.operation for item in known}) == 1
    return known[0] if same else None


def _of_call(
    source: Source, call: ast.Call, scope: Scope, place: Place, index: int | None, depth: int
) -> Origin | None:
    name = source.name(call.func, scope)
    if name:
        last = name.rpartition(".")[2]
        if name.startswith("torch.") and last in SAME_VALUES and call.args:
            return origin(source, call.args[0], scope, place, index, depth - 1)
        if name.startswith("torch.") and last in _JOINS and call.args:
            return _of_joined(source, call.args[0], scope, place, depth) or Origin(
                last, call, scope, place
            )
        known = _SAME_OPERATION.get(last, last)
        return Origin(known if name.startswith("torch.") else name, call, scope, place)
    made = source.defined(call.func, scope)
    if made is not None and made.is_function:
        return _of_function(source, made, index, depth)
    key = source.key(call.func, scope)
    if key.endswith(":self"):  # self(x) runs the forward of its class
        forward = source.method(source.scopes[int(key.split(":")[0])], "forward")
        return _of_function(source, forward, index, depth) if forward is not None else None
    layer = _layer(source, call.func, scope, depth)
    if layer is not None:
        kind = _LAYERS.get(source.name(layer[0].func, layer[1]).removeprefix("torch.nn."))
        if kind is not None:
            return Origin(kind, call, scope, place)
        return _of_layer(source, layer[0], layer[1], Origin("", call, scope, place), index, depth)
    if isinstance(call.func, ast.Attribute):
        if call.func.attr in SAME_VALUES:
            return origin(source, call.func.value, scope, place, index, depth - 1)
        if call.func.attr == "forward":
            again = ast.copy_location(ast.Call(call.func.value, call.args, call.keywords), call)
            return _of_call(source, again, scope, place, index, depth - 1)
        return Origin(call.func.attr, call, scope, place)
    return Origin(UNKNOWN, call, scope, place)


_SAME_OPERATION = {"expit": "sigmoid"}  # of torch.special


def _of_joined(
    source: Source, parts: ast.expr, scope: Scope, place: Place, depth: int
) -> Origin | None:
    """Return what made all items of a list that is written out, or filled by append."""
    items = [(each, place) for each in getattr(parts, "elts", [])]
    if isinstance(parts, (ast.ListComp, ast.GeneratorExp)):
        items = [(parts.elt, place)]
    if isinstance(parts, ast.Name):
        key = source.key(parts, scope)
        items = [
            (call.node.args[0], call.place)
            for call in source.called("append")
            if call.scope is scope and source.key(call.receiver, scope) == key and call.node.args
        ]
    found = [origin(source, each, scope, at, None, depth - 1) for each, at in items]
    known = [item for item in found if item is not None]
    same = len(known) == len(found) and len({item.operation for item in known}) == 1
    return known[0] if same else None


UNKNOWN = "?"
"""The operation of an object that is called and of which nothing is known."""


def _of_function(source: Source, function: Scope, index: int | None, depth: int) -> Origin | None:
    """Return what made the result of a function where all its returns agree."""
    found = [
        origin(source, item.value, function, item.place, index, depth - 1)
        for item in function.returns
    ]
    if not found or any(item is None for item in found):
        return None
    known = [item for item in found if item is not None]
    return known[-1] if len({item.operation for item in known}) == 1 else None


def _layer(
    source: Source, expr: ast.expr, scope: Scope, depth: int
) -> tuple[ast.Call, Scope] | None:
    """Return the call that built the module that `expr` names, where there is one such call."""
    if depth == 0:
        return None
    if isinstance(expr, ast.Call):
        wrapped = isinstance(expr.func, ast.Attribute) and not source.name(expr.func, scope)
        if wrapped and isinstance(expr.func, ast.Attribute) and expr.func.attr in SAME_VALUES:
            return _layer(source, expr.func.value, scope, depth - 1)
        last = source.name(expr.func, scope).rpartition(".")[2]
        if last in ("compile", "DataParallel", "DistributedDataParallel") and expr.args:
            return _layer(source, expr.args[0], scope, depth - 1)
        made = source.defined(expr.func, scope)
        if made is not None and made.is_function and len(made.returns) == 1:
            return _layer(source, made.returns[0].value, made, depth - 1)
        return expr, scope
    values = [(v, s) for v, s, index in source.values(expr, scope) if index is None]
    # model = Net(); model = model.to(device): the second says nothing new
    fresh = [(v, s) for v, s in values if not _of_itself(source, v, s, source.key(expr, scope))]
    return _layer(source, *fresh[0], depth - 1) if len(fresh) == 1 else None


def _of_itself(source: Source, value: ast.expr, scope: Scope, key: str) -> bool:
    return any(
        source.key(node, scope) == key
        for node in ast.walk(value)
        if isinstance(node, (ast.Name, ast.Attribute))
    )


def _of_layer(
    source: Source, built: ast.Call, at: Scope, use: Origin, index: int | None, depth: int
) -> Origin | None:
    """Return what a module that was built by `built` gives, called as `use`."""
    name = source.name(built.func, at)
    last = name.rpartition(".")[2]
    if name == "torch.nn.Sequential":
        final = _last_of(source, built, at)
        layer = _layer(source, final, at, depth - 1) if final is not None else None
        while layer is not None and len(built.args) > 1:
            kind = source.name(layer[0].func, layer[1]).rpartition(".")[2]
            if kind not in _SAME_LAYERS or final is not built.args[-1]:
                break
            built = ast.copy_location(ast.Call(built.func, built.args[:-1], []), built)
            final = _last_of(source, built, at)
            layer = _layer(source, final, at, depth - 1) if final is not None else None
        return _of_layer(source, *layer, use, index, depth - 1) if layer is not None else None
    if name.startswith("torch.nn."):
        if last in _LAYERS:
            return Origin(_LAYERS[last], built, at, use.place)
        return use._replace(operation=last)
    made = source.defined(built.func, at)
    forward = source.method(made, "forward") if made is not None and made.is_class else None
    if forward is not None:
        return _of_function(source, forward, index, depth - 1)
    head = _new_head(source, built, at)
    layer = _layer(source, head, at, depth - 1) if head is not None else None
    return _of_layer(source, *layer, use, index, depth - 1) if layer is not None else None


def _new_head(source: Source, built: ast.Call, at: Scope) -> ast.expr | None:
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
            put = [source.assignments.get(f"{key}.{name}") for name in _HEADS]
            given = [items[-1] for items in put if items and items[-1].scope is at]
            return given[0].value if len(given) == 1 else None
    return None


_HEADS = ("fc", "classifier", "head", "heads")
"""What torchvision and timm call the last layer."""


_LAYERS = {
    "Softmax": "softmax",
    "Softmax2d": "softmax",
    "LogSoftmax": "log_softmax",
    "Sigmoid": "sigmoid",
}


def _last_of(source: Source, sequential: ast.Call, scope: Scope) -> ast.expr | None:
    """Return the last module of a Sequential, None where it cannot be seen."""
    if not sequential.args:
        return None
    last = sequential.args[-1]
    if isinstance(last, ast.Starred):
        return _last_appended(source, last.value, scope)
    if isinstance(last, ast.Call) and last.args and "OrderedDict" in ast.unparse(last.func):
        pairs = last.args[0]
        if isinstance(pairs, (ast.List, ast.Tuple)) and pairs.elts:
            pair = pairs.elts[-1]
            return pair.elts[1] if isinstance(pair, ast.Tuple) and len(pair.elts) == 2 else None
        return None
    return last


def _last_appended(source: Source, layers: ast.expr, scope: Scope) -> ast.expr | None:
    """Return the last item of a list of layers: what is appended last, else where it is begun."""
    key = source.key(layers, scope)
    changes = [
        call
        for call in source.called("append", "extend", "insert")
        if call.scope is scope
        and call.node.lineno <= layers.lineno
        and source.key(call.receiver, scope) == key
    ]
    if changes:
        last = changes[-1]
        certain = last.word == "append" and not last.place.branches and not last.place.loops
        return last.argument(0) if certain else None
    given = source.last_value(layers, scope, Place())
    value = given.value if given is not None else None
    return value.elts[-1] if isinstance(value, ast.List) and value.elts else None
