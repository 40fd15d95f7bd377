"""Which operation made a tensor: followed back through names, shapes, functions and models."""

from __future__ import annotations

import ast
from typing import NamedTuple

from neural_trainer.inspect.lint.bounds import bounded
from neural_trainer.inspect.lint.given_arguments import arguments_of
from neural_trainer.inspect.lint.module_builds import (
    built_in_turn,
    last_in_turn,
    last_layers,
    layer_built,
    new_head,
)
from neural_trainer.inspect.lint.parts import entry, fields_of
from neural_trainer.inspect.lint.scope import Call, Place, Scope
from neural_trainer.inspect.lint.settings import last_taken, written
from neural_trainer.inspect.lint.source import Source

DEEPEST = 12  # steps back from a use to where the value was made

SAME_VALUES = frozenset({
    "view", "reshape", "squeeze", "unsqueeze", "flatten", "transpose", "permute", "contiguous",
    "clone", "float", "double", "half", "to", "cuda", "cpu", "type", "type_as", "bfloat16",
    "requires_grad_", "view_as", "reshape_as", "t", "unflatten", "gather", "index_select",
    "take_along_dim", "masked_select", "select", "swapaxes", "movedim", "T", "mT", "diagonal",
    "diag", "narrow", "expand", "expand_as", "repeat", "repeat_interleave", "rearrange", "ravel",
    "squeeze_", "unsqueeze_", "swapdims", "moveaxis", "atleast_2d", "pin_memory",
})  # fmt: skip
"""Methods that give the same numbers, all or some, in another shape, type or place."""
_JOINS = frozenset({"stack", "cat", "concat", "concatenate", "hstack", "vstack"})
_SAME_LAYERS = frozenset({"Flatten", "Unflatten", "Identity", "Dropout"})
"""Layers that give the same numbers in another shape; a dropout is none in evaluation."""


class Origin(NamedTuple):
    """An operation by its short name (`softmax`, `sigmoid`, `log`), and where it stands.

    built: the line on which the layer that does it was built, 0 of a function.
    """

    operation: str
    node: ast.expr
    scope: Scope
    place: Place
    built: int = 0

    @property
    def said(self) -> str:
        """Return what to call it in a sentence."""
        return f"{self.operation} (built on line {self.built})" if self.built else self.operation


def origin_of_argument(source: Source, call: Call, position: int, keyword: str) -> Origin | None:
    """Return what made an argument of `call`, None where it cannot be told.

    What bounds or moves it by a little is looked through: clamp(min=1e-6), + 1e-8.
    """
    given, place = call.argument(position, keyword), call.place
    for _ in range(4):
        last = source.last_value(given, call.scope, place) if isinstance(given, ast.Name) else None
        whole = last is not None and last.element is None
        inner = bounded(source, last.value if whole else given, call.scope)  # type: ignore[union-attr]
        if inner is None:
            break
        given, place = inner, last.place if last is not None and whole else place
    return origin(source, given, call.scope, place) if given is not None else None


def origin(
    source: Source,
    expr: ast.expr,
    scope: Scope,
    place: Place,
    index: int | str | None = None,
    depth: int = DEEPEST,
) -> Origin | None:
    """Return what made the value of `expr`, or its element `index`; None: it cannot be told."""
    if depth == 0:
        return None
    if isinstance(expr, (ast.Tuple, ast.List)):
        if not isinstance(index, int) or not -len(expr.elts) <= index < len(expr.elts):
            return None
        return origin(source, expr.elts[index], scope, place, None, depth - 1)
    if isinstance(expr, ast.Dict):
        held = entry(expr, index) if isinstance(index, str) else None
        return origin(source, held, scope, place, None, depth - 1) if held is not None else None
    if isinstance(expr, ast.NamedExpr):
        return origin(source, expr.value, scope, place, index, depth - 1)
    if isinstance(expr, ast.IfExp):
        return _of_either(source, expr, scope, place, index, depth)
    if isinstance(expr, ast.Subscript) and index is None:
        return _of_item(source, expr, scope, place, depth)
    if isinstance(expr, (ast.Name, ast.Attribute)):
        last = last_taken(source, expr, scope, place)
        if last is None and isinstance(expr, ast.Attribute):
            return _of_attribute(source, expr, scope, place, depth)
        if last is None:
            return _of_parameter(source, expr, scope, index, depth)
        if index is not None and last.element is not None:
            return None
        element = last.element if last.element is not None else index
        return origin(source, last.value, scope, last.place, element, depth - 1)
    if isinstance(expr, ast.Call):
        return _of_call(source, expr, scope, place, index, depth)
    if isinstance(expr, ast.BinOp) and isinstance(expr.op, ast.Div):
        return _of_quotient(source, expr, scope, place, depth)
    return None


def _of_either(
    source: Source,
    expr: ast.IfExp,
    scope: Scope,
    place: Place,
    index: int | str | None,
    depth: int,
) -> Origin | None:
    """Return what made both sides of a choice, or the one that is taken in training."""
    sides = [expr.body, expr.orelse]
    test, modes = expr.test, {"self.training": 0, "not self.training": 1}
    if ast.unparse(test) in modes:
        sides = [sides[modes[ast.unparse(test)]]]
    found = [origin(source, side, scope, place, index, depth - 1) for side in sides]
    return _agreed(found)


def _agreed(found: list[Origin | None]) -> Origin | None:
    """Return the last of several origins where all are of one operation."""
    known = [item for item in found if item is not None]
    same = len(known) == len(found) and len({item.operation for item in known}) == 1
    return known[-1] if same else None


def _of_item(
    source: Source, expr: ast.Subscript, scope: Scope, place: Place, depth: int
) -> Origin | None:
    """Return what made an item: of a tuple or dict by its index, else rows of one tensor."""
    at = expr.slice
    if isinstance(at, ast.Constant) and isinstance(at.value, (int, str)):
        part = origin(source, expr.value, scope, place, at.value, depth - 1)
        if part is not None or isinstance(at.value, str):
            return part
    return origin(source, expr.value, scope, place, None, depth - 1)


def _of_attribute(
    source: Source, expr: ast.Attribute, scope: Scope, place: Place, depth: int
) -> Origin | None:
    """Return what made a field of an object, by the call that made the object: Out(probs=p).probs.

    Of a distribution its probs and logits, each made of the other where that alone is given.
    """
    if expr.attr in SAME_VALUES:
        return origin(source, expr.value, scope, place, None, depth - 1)
    made = origin(source, expr.value, scope, place, None, depth - 1)
    if made is None or not isinstance(made.node, ast.Call) or made.operation.islower():
        return None
    call = made.node
    names = {item.arg: item.value for item in call.keywords if item.arg}
    cls = source.defined(call.func, made.scope)
    fields = fields_of(cls) if cls is not None and "__init__" not in cls.inner else []
    of_one = made.operation in _DISTRIBUTIONS
    names.update(zip(["probs", "logits"] if of_one else fields, call.args))  # noqa: B905
    if expr.attr in names:
        return origin(source, names[expr.attr], made.scope, made.place, None, depth - 1)
    if not of_one or not names:
        return None
    kind = _DISTRIBUTIONS[made.operation]
    return made._replace(operation=kind if expr.attr == "probs" else f"log_{kind}")


_DISTRIBUTIONS = {
    "Categorical": "softmax",
    "OneHotCategorical": "softmax",
    "RelaxedOneHotCategorical": "softmax",
    "Bernoulli": "sigmoid",
}
"""By which operation distributions of torch make their probs of logits."""


def _of_quotient(
    source: Source, expr: ast.BinOp, scope: Scope, place: Place, depth: int
) -> Origin | None:
    """Return the softmax or sigmoid that an expression writes out, by a quotient with exp."""
    if _is_logistic(expr):
        return Origin("sigmoid", expr, scope, place)
    above = origin(source, expr.left, scope, place, None, depth - 1)
    if above is None or above.operation != "exp":
        return None
    kind = _over_exps(source, expr.right, scope, place, depth - 1)
    return Origin(kind, expr, scope, place) if kind else None


def _over_exps(source: Source, expr: ast.expr, scope: Scope, place: Place, depth: int) -> str:
    """Return "softmax" of a sum of exponentials, "sigmoid" of one and 1, "" of anything else."""
    if depth <= 0:
        return ""
    if isinstance(expr, ast.Name):
        last = source.last_value(expr, scope, place)
        plain = last is not None and last.element is None
        return _over_exps(source, last.value, scope, last.place, depth - 1) if plain else ""  # type: ignore[union-attr]
    if isinstance(expr, ast.BinOp) and isinstance(expr.op, ast.Add):
        sides = [expr.left, expr.right]
        others = [s for s in sides if not isinstance(s, ast.Constant)]
        kinds = [_over_exps(source, side, scope, place, depth - 1) for side in others]
        if len(others) == 2:  # the one that is right, and the sum of the others
            known = [k or _is_exp(source, s, scope, place, depth) for k, s in zip(kinds, others)]  # noqa: B905
            return "softmax" if all(known) else ""
        one = len(others) == 1 and _is_exp(source, others[0], scope, place, depth)
        return "sigmoid" if one else ""
    word = getattr(expr.func, "attr", "") if isinstance(expr, ast.Call) else ""
    if word not in ("sum", "unsqueeze", "view", "reshape") or not isinstance(expr, ast.Call):
        return ""
    inner = expr.args[0] if source.name(expr.func, scope) and expr.args else None
    inner = inner or getattr(expr.func, "value", None)
    if inner is None:
        return ""
    if word != "sum":
        return _over_exps(source, inner, scope, place, depth - 1)
    return "softmax" if _is_exp(source, inner, scope, place, depth) else ""


def _is_exp(source: Source, expr: ast.expr, scope: Scope, place: Place, depth: int) -> bool:
    """Tell whether a value is an exponential, times a mask or weight as may be."""
    if isinstance(expr, ast.BinOp) and isinstance(expr.op, ast.Mult):
        return any(_is_exp(source, s, scope, place, depth) for s in (expr.left, expr.right))
    made = origin(source, expr, scope, place, None, depth - 1)
    return made is not None and made.operation == "exp"


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
    source: Source, expr: ast.expr, scope: Scope, index: int | str | None, depth: int
) -> Origin | None:
    """Return what made an argument, where all calls of the function in this file agree."""
    binder = source.binder(expr.id, scope) if isinstance(expr, ast.Name) else None
    if binder is not scope or not isinstance(expr, ast.Name) or expr.id not in scope.parameters:
        return None
    if source.assignments.get(source.key(expr, scope)):
        return None
    return _agreed([
        origin(source, value, call.scope, call.place, index if part is None else part, depth - 2)
        for value, call, part in arguments_of(source, scope, expr.id)
        if index is None or part is None
    ])  # fmt: skip


def _of_call(
    source: Source, call: ast.Call, scope: Scope, place: Place, index: int | str | None, depth: int
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
        result = _of_function(source, made, index, depth)
        by_hand = result is not None and isinstance(result.node, ast.BinOp)
        # a function that writes an operation out is that operation: it stands where it is called
        return result._replace(node=call, scope=scope, place=place) if by_hand else result  # type: ignore[union-attr]
    key = source.key(call.func, scope)
    if key.endswith(":self"):  # self(x) runs the forward of its class
        forward = source.method(source.scopes[int(key.split(":")[0])], "forward")
        return _of_function(source, forward, index, depth) if forward is not None else None
    layer = layer_built(source, last_in_turn(source, call, scope) or call.func, scope, depth)
    if layer is not None:
        kind = _LAYERS.get(source.name(layer[0].func, layer[1]).removeprefix("torch.nn."))
        if kind is not None:
            return Origin(kind, call, scope, place, layer[0].lineno)
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
    return _agreed([origin(source, each, scope, at, None, depth - 1) for each, at in items])


UNKNOWN = "?"
"""The operation of an object that is called and of which nothing is known."""


def _of_function(
    source: Source, function: Scope, index: int | str | None, depth: int
) -> Origin | None:
    """Return what made the result of a function where all its returns agree."""
    found = [
        origin(source, item.value, function, item.place, index, depth - 1)
        for item in function.returns
    ]
    return _agreed(found)


def _of_layer(
    source: Source, built: ast.Call, at: Scope, use: Origin, index: int | str | None, depth: int
) -> Origin | None:
    """Return what a module that was built by `built` gives, called as `use`."""
    name = source.name(built.func, at)
    last = name.rpartition(".")[2]
    made = source.defined(built.func, at)
    in_turn = built_in_turn(source, made) if made is not None else None
    if in_turn is not None:
        built, at = in_turn
    if name == "torch.nn.Sequential" or in_turn is not None:
        for each in last_layers(source, built, at):
            layer = layer_built(source, each, at, depth - 1)
            if layer is None:
                return None
            if source.name(layer[0].func, layer[1]).rpartition(".")[2] not in _SAME_LAYERS:
                return _of_layer(source, *layer, use, index, depth - 1)
        return None
    if name.startswith("torch.nn."):
        if last in _LAYERS:
            # a class out of settings stands where they name it
            named = written(source, built.func, at)
            node = built if named is built.func else named
            return Origin(_LAYERS[last], node, at, use.place)
        return use._replace(operation=last)
    if name.startswith("torchaudio."):
        return use._replace(operation=last)
    forward = source.method(made, "forward") if made is not None and made.is_class else None
    if forward is not None:
        return _of_function(source, forward, index, depth - 1)
    head = new_head(source, built, at)
    layer = layer_built(source, head, at, depth - 1) if head is not None else None
    return _of_layer(source, *layer, use, index, depth - 1) if layer is not None else None


_LAYERS = {
    "Softmax": "softmax",
    "Softmax2d": "softmax",
    "LogSoftmax": "log_softmax",
    "Sigmoid": "sigmoid",
}
