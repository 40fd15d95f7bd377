"""Where a file computes a loss of torch, by function or by a module, and how it is reduced."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from neural_trainer.inspect.lint.aliases import is_partial
from neural_trainer.inspect.lint.parts import default
from neural_trainer.inspect.lint.scope import Call, Scope
from neural_trainer.inspect.lint.settings import truth, word
from neural_trainer.inspect.lint.source import SAME_OBJECT, Source


def loss_calls(source: Source, function: str, module: str) -> Iterator[Call]:
    """Yield the calls of torch.nn.functional.`function` and of objects of torch.nn.`module`."""
    functional, cls = f"torch.nn.functional.{function}", f"torch.nn.{module}"
    if function not in source.text and module not in source.text:
        return
    for scope in source.scopes:
        for call in scope.calls():
            func = call.node.func
            name = source.name(func, scope)
            named = name in (functional, f"torch.{function}")
            if named or (not name and _is_made_by(source, func, scope, cls)):
                yield call


def two_sides(source: Source, call: Call) -> list[ast.expr | None]:
    """Return what a loss is given as prediction and target, also out of a tuple: loss(*pair)."""
    given = call.node.args
    if len(given) == 1 and isinstance(given[0], ast.Starred):
        pair = source.last_value(given[0].value, call.scope, call.place)
        parts = pair.value.elts if pair is not None and isinstance(pair.value, ast.Tuple) else []
        if len(parts) == 2:
            return list(parts)
    return [call.argument(0, "input"), call.argument(1, "target")]


def criterion(source: Source, call: Call) -> ast.expr:
    """Return where the loss of a call is set up: the module as it was built, else the call."""
    values = source.values(call.node.func, call.scope)
    built = [value for value, _, index in values if index is None and isinstance(value, ast.Call)]
    return built[0] if len(values) == 1 and built else call.node


def _is_made_by(source: Source, expr: ast.expr, scope: Scope, cls: str, depth: int = 4) -> bool:
    """Tell whether an expression is an object of the class `cls`, wherever it was made."""
    kind = cls.rpartition(".")[2].removesuffix("Loss").lower()
    if depth == 0:
        return False
    if is_partial(expr) and len(expr.args) == 1:  # of a loss by its options alone
        made_of = source.name(expr.args[0], scope).rpartition(".")[2]
        return made_of.replace("_", "").lower() in (f"{kind}loss", kind)
    if isinstance(expr, ast.Call):
        name = source.name(expr.func, scope)
        if name in (cls, cls.replace("torch.nn.", "torch.nn.modules.loss.")):
            return True
        if isinstance(expr.func, ast.Attribute) and expr.func.attr in SAME_OBJECT:
            return _is_made_by(source, expr.func.value, scope, cls, depth - 1)
        made = source.defined(expr.func, scope)
        if made is not None and made.is_class:
            return cls in source.base_names(made) and source.method(made, "forward") is None
        if made is not None and made.is_function and made.returns:
            return all(_is_made_by(source, r.value, made, cls, depth - 1) for r in made.returns)
        return False
    if isinstance(expr, ast.IfExp):
        sides = (expr.body, expr.orelse)
        return all(_is_made_by(source, side, scope, cls, depth - 1) for side in sides)
    values = list(source.values(expr, scope))
    if isinstance(expr, ast.Name):
        values += [(value, at, None) for value, at in default(source, expr, scope)]
    return bool(values) and all(
        index is None and _is_made_by(source, value, at, cls, depth - 1)
        for value, at, index in values
    )


def reduction(source: Source, loss: ast.expr, scope: Scope) -> tuple[str, ast.Call | None]:
    """Return what a loss of torch is set to and where, "" where that is not in sight."""
    if not isinstance(loss, ast.Call):
        return "", None
    built, at = loss, scope
    name = source.name(loss.func, scope)
    if not name.startswith("torch."):
        values = source.values(loss.func, scope) if not isinstance(loss.func, ast.Call) else []
        if len(values) == 1 and isinstance(values[0][0], ast.Subscript):  # settings["loss"]
            values = source.values(values[0][0], values[0][1])
        if isinstance(loss.func, ast.Call):
            built = loss.func
        elif len(values) == 1 and isinstance(values[0][0], ast.Call):
            built, at = values[0][0], values[0][1]
            made = source.defined(built.func, at)
            inner = made.returns[0].value if made is not None and len(made.returns) == 1 else None
            if made is not None and made.is_function and isinstance(inner, ast.Call):
                built, at = inner, made
        else:
            return "", None
        while isinstance(built.func, ast.Attribute) and built.func.attr in ("to", "cuda"):
            if not isinstance(built.func.value, ast.Call):
                return "", None
            built = built.func.value
        made_of = built.args[0] if is_partial(built) else built.func
        name = source.name(made_of, at)
    if not name.startswith("torch.nn"):
        return "", None
    key = source.key(loss.func, scope)
    put = source.assignments.get(f"{key}.reduction", []) if key else []
    how = built.keywords + [ast.keyword("reduction", each.value) for each in put]
    for item in reversed(how):
        if item.arg == "reduction":
            return word(source, item.value, at) or "", built
        if item.arg == "size_average" and truth(source, item.value, at) is False:
            return "sum", built
    known = all(item.arg not in (None, "reduce", "size_average") for item in built.keywords)
    return DEFAULT if known else "", built


DEFAULT = "default"
"""The reduction that nobody wrote: the mean."""
