"""Which tensors are the loss of a pass: what goes backward, and what that is the sum of.

Through sums of names, lists, dicts and comprehensions: the value of `for name, value in
terms.items()` is a loss where the sum of terms goes backward.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from neural_trainer.inspect.lint.course import Action
from neural_trainer.inspect.lint.deeds import loss_of
from neural_trainer.inspect.lint.source import Source

_SUMS = frozenset({
    "sum", "stack", "cat", "concat", "hstack", "mean", "values", "list", "tuple", "scale", "fsum",
    "squeeze", "add",
})  # fmt: skip
WEIGHT = re.compile(
    r"weight|alpha|beta|gamma|lam|coef|scale|ratio|factor|\bw\b|\bw_|\blen\(|num_|ramp|anneal"
)
"""How code names what a loss is weighted by."""


def losses_of(source: Source, actions: list[Action], backwards: list[Action]) -> set[str]:
    """Return the keys, in terms of the course, of what goes backward and its terms."""
    found: set[str] = set()
    waiting = [(expr, a) for a in backwards if (expr := loss_of(a)) is not None]
    while waiting:
        expr, action = waiting.pop()
        for term in _terms(expr):
            key = action.key(source, term)
            if not key or key in found:
                continue
            found.add(key)
            base = term.value if isinstance(term, ast.Subscript) else None
            found |= {action.key(source, base)} - {""} if base is not None else set()
            waiting += list(_given(actions, key))
    for action in actions:
        if action.is_call or action.word != "for" or not action.receiver:
            continue
        keys = {k for each in _gone_over(action) for k in _keys_of(source, action, each)}
        if keys & found:
            found.add(action.receiver)
    return found


def _keys_of(source: Source, action: Action, over: ast.expr) -> set[str]:
    """Return the key of a table; of a function's **values those of what its call gives by name."""
    args = getattr(action.event.scope.node, "args", None)
    rest = args.kwarg.arg if args is not None and args.kwarg is not None else ""
    if not action.via or not rest or getattr(over, "id", "") != rest:
        return {action.key(source, over)}
    call = action.via[-1]
    given = [item.value for item in call.node.keywords]
    return {action.outside(source.key(value, call.scope)) for value in given} - {""}


def _given(actions: list[Action], key: str) -> Iterator[tuple[ast.expr, Action]]:
    """Yield what a name is given, and what a list of that name has appended."""
    for action in actions:
        if action.receiver != key:
            continue
        if not action.is_call and action.word in ("=", "+="):
            value = getattr(action.event, "value", None)
            if isinstance(value, ast.expr) and getattr(action.event, "element", None) is None:
                yield value, action
        elif action.is_call and action.word == "append" and action.call.node.args:
            yield action.call.node.args[0], action


def _terms(expr: ast.expr) -> Iterator[ast.expr]:
    """Yield the names that an expression is the sum of, those of weights left out."""
    if isinstance(expr, (ast.Name, ast.Attribute, ast.Subscript)):
        yield expr
    elif isinstance(expr, ast.BinOp):
        scales = isinstance(expr.op, (ast.Mult, ast.Div))
        for side in (expr.left, expr.right):
            if not (scales and WEIGHT.search(ast.unparse(side))):
                yield from _terms(side)
    elif isinstance(expr, (ast.List, ast.Tuple)):
        for each in expr.elts:
            yield from _terms(each)
    elif isinstance(expr, ast.Dict):
        for each in expr.values:
            yield from _terms(each)
    elif isinstance(expr, (ast.ListComp, ast.GeneratorExp)):
        yield from _terms(expr.elt)
        for generator in expr.generators:
            yield from _terms(generator.iter)
    elif isinstance(expr, ast.Call):
        word = getattr(expr.func, "attr", getattr(expr.func, "id", ""))
        if word in _SUMS or word == "items":
            owner = expr.func.value if isinstance(expr.func, ast.Attribute) else None
            for each in [*expr.args, *([owner] if owner is not None and word != "scale" else [])]:
                yield from _terms(each)


def _gone_over(action: Action) -> list[ast.expr]:
    """Return what a loop takes its target from: terms of `for name, value in terms.items()`."""
    over, element = action.event.value, action.event.element  # type: ignore[union-attr]
    if isinstance(over, ast.Call) and isinstance(over.func, ast.Attribute):
        wanted = over.func.attr == "values" or (over.func.attr == "items" and element == 1)
        return [over.func.value] if wanted else []
    if isinstance(over, ast.Call) and getattr(over.func, "id", "") in ("enumerate", "zip"):
        return over.args if element else over.args[:1] if over.func.id == "zip" else []  # type: ignore[attr-defined]
    return [over]
