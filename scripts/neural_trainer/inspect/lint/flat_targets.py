"""Targets of one number for each item, by what a flat prediction is set against elsewhere.

(model(data).view(-1) - data.y) in an evaluation says that data.y has the shape (n,).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from neural_trainer.inspect.lint.loaders import looped_over
from neural_trainer.inspect.lint.loss_calls import loss_calls
from neural_trainer.inspect.lint.roles import LOADER, role
from neural_trainer.inspect.lint.scope import Assignment, Call, Place, Scope
from neural_trainer.inspect.lint.source import Source

_FLATTENS = re.compile(
    r"\.(?:view|reshape)\(\(?-1,?\)?\)|\.(?:squeeze|flatten|ravel)\((?:-1|1|dim=-1|dim=1|)\)"
)
_TARGETS = re.compile(r"y|labels?|targets?|energy|score|scores|label_ids|props?")
_LOSSES = (("mse_loss", "MSELoss"), ("l1_loss", "L1Loss"), ("smooth_l1_loss", "SmoothL1Loss"))
_MOVES = ("to", "float", "cuda", "cpu", "double", "numpy")
_OF_ONE_NUMBER = ("torch_geometric.datasets.ZINC", "torch_geometric.datasets.AQSOL")

ShapeOf = Callable[[Source, ast.expr, Scope, Place], str]


def is_met_flat(source: Source, target: ast.expr, scope: Scope, shape_of: ShapeOf) -> bool:
    """Tell whether a target of a batch is, in this file, set against what was flattened."""
    kind = _kind(source, target, scope)
    if not kind:
        return False
    if "met_flat" not in source.kept:
        source.kept["met_flat"] = frozenset()  # while it is being worked out
        source.kept["met_flat"] = frozenset(_met(source, shape_of))
    return kind in source.kept["met_flat"]


def _met(source: Source, shape_of: ShapeOf) -> Iterator[str]:
    if any(source.called_name(c) in _OF_ONE_NUMBER for c in source.called("ZINC", "AQSOL")):
        yield ".y"
    if not _FLATTENS.search(source.text):
        return
    for one, other, scope in _pairs(source):
        for side, against in ((one, other), (other, one)):
            kind = _kind(source, against, scope)
            if kind and _is_flattened(source, side, scope) and _flat(source, side, scope, shape_of):
                yield kind


def _pairs(source: Source) -> Iterator[tuple[ast.expr, ast.expr, Scope]]:
    """Yield what is subtracted from what, and the two sides of each loss of numbers."""
    for scope in source.scopes:
        whole = [e.node if isinstance(e, Call) else e.value for e in scope.events]
        for each in (*whole, *(item.value for item in scope.returns)):
            for node in ast.walk(each):
                if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
                    yield node.left, node.right, scope
    for names in _LOSSES:
        for call in loss_calls(source, *names):
            if len(call.node.args) == 2:
                yield call.node.args[0], call.node.args[1], call.scope


def _is_flattened(source: Source, side: ast.expr, scope: Scope) -> bool:
    """Tell whether a prediction is made flat by hand: model(x).squeeze(-1), or a name of it."""
    given = (
        source.assignments.get(source.key(side, scope), []) if isinstance(side, ast.Name) else []
    )
    texts = [ast.unparse(side), *(ast.unparse(i.value) for i in given if i.scope is scope)]
    return any(_FLATTENS.search(text) for text in texts)


def _flat(source: Source, side: ast.expr, scope: Scope, shape_of: ShapeOf) -> bool:
    return shape_of(source, side, scope, source.place_of(side, scope)) == "(n,)"


def _kind(source: Source, target: ast.expr, scope: Scope) -> str:
    """Return which part of a batch a target is: ".y" of data.y, "#1" of `for x, y in loader`.

    As it comes, moved to a device or made float; also the labels that metrics are given.
    """
    while isinstance(target, ast.Call) and isinstance(target.func, ast.Attribute):
        if target.func.attr in ("pop", "get") and target.args:
            return _named(target.args[0])
        if target.func.attr not in _MOVES:
            return ""
        target = target.func.value
    if isinstance(target, ast.Attribute):
        kind = "labels" if target.attr == "label_ids" else f".{target.attr}"
        own = isinstance(target.value, ast.Name) and target.value.id != "self"
        return kind if own and _TARGETS.fullmatch(target.attr) else ""
    if isinstance(target, ast.Subscript):
        return _named(target.slice)
    if not isinstance(target, ast.Name):
        return ""
    items = source.assignments.get(source.key(target, scope), ())
    given = [item for item in items if item.scope is scope]
    begun = [item for item in given if not _is_moved(item)]
    if len(begun) != 1 or begun[0].value is target:
        return ""
    (item,) = begun
    if item.how == "for" and item.element is not None:
        over = role(source, looped_over(item.place.loops[-1])[0], scope)
        return f"#{item.element}" if over == LOADER else ""
    of_metrics = "metric" in scope.name and item.element == 1 and isinstance(item.value, ast.Name)
    if of_metrics and item.value.id in scope.parameters:  # type: ignore[attr-defined]
        return "labels"
    whole = item.how == "=" and item.element is None and not isinstance(item.value, ast.Name)
    return _kind(source, item.value, scope) if whole else ""


def _is_moved(item: Assignment) -> bool:
    """Tell whether a name is given what it held, elsewhere or of another type: y = y.to(device)."""
    value = item.value
    moved = isinstance(value, ast.Call) and getattr(value.func, "attr", "") in _MOVES
    held = getattr(value.func, "value", None) if isinstance(value, ast.Call) and moved else None
    return item.how == "=" and held is not None and ast.unparse(held) == ast.unparse(item.target)


def _named(key: ast.expr) -> str:
    """Return the name of a part of a batch that is a target."""
    text = key.value if isinstance(key, ast.Constant) else None
    return text if isinstance(text, str) and _TARGETS.fullmatch(text) else ""
