"""Which parameters of a model are in a list, where a test of name or dimensions sorts them."""

from __future__ import annotations

import ast
from typing import NamedTuple

from neural_trainer.inspect.lint.name_tests import Parameter, holds
from neural_trainer.inspect.lint.norms import Norm, norms_in
from neural_trainer.inspect.lint.parts import Given
from neural_trainer.inspect.lint.scope import Scope
from neural_trainer.inspect.lint.source import Source


class Sorting(NamedTuple):
    """A way over the parameters of a model that takes some of them.

    tests: what must hold, each with whether it must or must not; names: what the loop calls the
    name of a parameter and the parameter, "" where it has none.
    """

    model: Given
    tests: tuple[tuple[ast.expr, bool], ...]
    names: tuple[str, str]
    scope: Scope

    def holds(self, source: Source, name: str) -> bool | None:
        """Return whether a parameter of one dimension and this name is taken, None if unknown."""
        known: dict[str, str | Parameter] = {self.names[1]: Parameter(name)}
        if self.names[0]:
            known[self.names[0]] = name
        results = []
        for test, wanted in self.tests:
            result = holds(source, test, self.scope, known)
            results.append(None if result is None else result is wanted)
        if False in results:
            return False
        return None if None in results else True

    def norm(self, source: Source) -> Norm | None:
        """Return a norm of the model whose scale is taken, by any name that it may have."""
        for norm in norms_in(source, *self.model):
            if all(self.holds(source, name) is True for name in norm.names):
                return norm
        return None


def sorting_of(source: Source, params: ast.expr, scope: Scope, depth: int = 4) -> Sorting | None:
    """Return how the list `params` is sorted out, None where no loop over all does."""
    if depth == 0:
        return None
    if isinstance(params, (ast.ListComp, ast.GeneratorExp)):
        return _of_comprehension(source, params, scope)
    if isinstance(params, ast.Call) and getattr(params.func, "id", "") in ("list", "tuple"):
        return sorting_of(source, params.args[0], scope, depth - 1) if params.args else None
    appended = _appended(source, params, scope)
    if appended is not None:
        return appended
    values = source.values(params, scope)
    one = values[0] if len(values) == 1 and values[0][2] is None else None
    return sorting_of(source, one[0], one[1], depth - 1) if one is not None else None


def _of_comprehension(
    source: Source, made: ast.ListComp | ast.GeneratorExp, scope: Scope
) -> Sorting | None:
    each = made.generators[0]
    names = _names(each.target)
    model = model_over(source, each.iter, scope)
    if len(made.generators) != 1 or names is None or model is None:
        return None
    return Sorting(model, tuple((test, True) for test in each.ifs), names, scope)


def _appended(source: Source, params: ast.expr, scope: Scope) -> Sorting | None:
    """Return how a loop sorts parameters into a list by append, in arms of its conditions."""
    key = source.key(params, scope)
    for call in source.called("append") if key else ():
        receiver = call.receiver
        chosen = receiver if isinstance(receiver, ast.IfExp) else None
        arms = [chosen.body, chosen.orelse] if chosen is not None else [receiver]
        keys = [source.key(arm, call.scope) for arm in arms]
        loop = call.place.loops[-1] if call.place.loops else None
        if key not in keys or not isinstance(loop, ast.For):
            continue
        names = _names(loop.target)
        model = model_over(source, loop.iter, call.scope)
        if names is None or model is None:
            return None
        inside = [b for b in call.place.branches if _is_within(b[0], loop)]
        tests = [(n.test, arm == "then") for n, arm in inside if isinstance(n, ast.If)]
        tests += [(chosen.test, keys[0] == key)] if chosen is not None else []
        tests += _skipped(loop, call.node.lineno)
        return Sorting(model, tuple(tests), names, call.scope)
    return None


def _skipped(loop: ast.For, line: int) -> list[tuple[ast.expr, bool]]:
    """Return the tests before a line by which a loop goes on to the next item."""
    return [
        (each.test, False)
        for each in loop.body
        if isinstance(each, ast.If)
        and each.lineno < line
        and isinstance(each.body[-1], ast.Continue)
    ]


def _is_within(node: ast.AST, loop: ast.For) -> bool:
    return any(each is node for each in ast.walk(loop))


def _names(target: ast.expr) -> tuple[str, str] | None:
    """Return what a loop calls the name of a parameter and the parameter itself."""
    if isinstance(target, ast.Name):
        return "", target.id
    pair = target.elts if isinstance(target, ast.Tuple) and len(target.elts) == 2 else []
    names = [each.id for each in pair if isinstance(each, ast.Name)]
    return (names[0], names[1]) if len(names) == 2 else None


def model_over(source: Source, over: ast.expr, scope: Scope, depth: int = 4) -> Given | None:
    """Return the model over whose parameters a loop goes: through list(), names and dicts."""
    if depth == 0:
        return None
    if isinstance(over, (ast.DictComp, ast.ListComp, ast.GeneratorExp)):
        plain = all(ast.unparse(t).endswith(".requires_grad") for t in over.generators[0].ifs)
        return model_over(source, over.generators[0].iter, scope, depth - 1) if plain else None
    if isinstance(over, ast.Call) and isinstance(over.func, ast.Attribute):
        if over.func.attr in ("parameters", "named_parameters"):
            return over.func.value, scope
        if over.func.attr in ("items", "values"):
            return model_over(source, over.func.value, scope, depth - 1)
    if isinstance(over, ast.Call) and over.args:
        word = getattr(over.func, "id", "")
        inner = over.args[1:] if word == "filter" else over.args
        known = word in ("list", "tuple", "dict", "filter", "sorted") and inner
        return model_over(source, inner[0], scope, depth - 1) if known else None
    values = source.values(over, scope)
    one = values[0] if len(values) >= 1 and values[0][2] is None else None
    return model_over(source, one[0], one[1], depth - 1) if one is not None else None
