"""Which parameters of a model no group of an optimizer gets, by what their conditions ask for."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from neural_trainer.inspect.lint.name_tests import Parameter, holds
from neural_trainer.inspect.lint.scope import COMPREHENSIONS, Call, Place, Scope
from neural_trainer.inspect.lint.source import Source


class Sample(NamedTuple):
    """A parameter as models have it: what its name ends in, and its dimensions."""

    said: str
    name: str
    num_dims: int


SAMPLES = (
    Sample("the weight of a linear layer", "layers.0.fc.weight", 2),
    Sample("the bias of a linear layer", "layers.0.fc.bias", 1),
    Sample("the weight of a norm", "layers.0.norm.weight", 1),
)
"""What every model has some of; a convolution's weight is a matrix to all that is asked here."""


def left_out(source: Source, call: Call) -> Sample | None:
    """Return a sample that an optimizer gets by no condition under which it is given parameters.

    None where a condition is not understood, or all are given.
    """
    params = call.argument(0, "params")
    nodes = _sorted_by(source, params, call.scope, call.place) if params is not None else []
    kept = [each for node in nodes for each in _tests(node)]
    others = sum(getattr(n.func, "attr", "") in _ASKED for node in nodes for n in _calls(node))
    if not kept or others > sum(isinstance(n, _SORTS) for node in nodes for n in ast.walk(node)):
        return None
    for sample in SAMPLES:
        held = [_holds(source, call.scope, names, tests, sample) for names, tests in kept]
        if None in held:
            return None
        if not any(held):
            return None if sample is SAMPLES[0] else sample  # a part alone is meant to learn
    return None


_ASKED = ("parameters", "named_parameters")
_SORTS = (*COMPREHENSIONS, ast.For)


def _calls(node: ast.AST) -> list[ast.Call]:
    return [each for each in ast.walk(node) if isinstance(each, ast.Call)]


def _sorted_by(
    source: Source, params: ast.expr, scope: Scope, place: Place, depth: int = 4
) -> list[ast.AST]:
    """Return what sorts parameters into what an optimizer is given: expressions and loops."""
    made = source.defined(params.func, scope) if isinstance(params, ast.Call) else None
    if made is not None:
        return [made.node] if made.is_function else []
    nodes: list[ast.AST] = [params]
    for name in ast.walk(params) if depth else ():
        last = source.last_value(name, scope, place) if isinstance(name, ast.Name) else None
        if last is not None and isinstance(last.value, (ast.List, ast.Dict, *COMPREHENSIONS)):
            nodes += _sorted_by(source, last.value, scope, last.place, depth - 1)
            key = source.key(name, scope)  # type: ignore[arg-type]
            for call in source.called("append"):
                filled = source.key(call.receiver, call.scope).split("[")[0] == key
                outer = call.place.loops[:1] if filled else ()
                nodes += [loop for loop in outer if loop not in nodes]
    return nodes


Names = tuple[str, str]
"""What a name and a parameter are called where they are sorted."""


def _tests(node: ast.AST) -> Iterator[tuple[Names, list[tuple[ast.expr, bool]]]]:
    """Yield under which conditions each list gets a parameter: tests, and what they must say."""
    for each in ast.walk(node):
        if isinstance(each, COMPREHENSIONS) and len(each.generators) == 1:
            names = _names(each.generators[0].target, each.generators[0].iter)
            if names is not None:
                yield names, [(test, True) for test in each.generators[0].ifs]
        elif isinstance(each, ast.For):
            names = _names(each.target, each.iter)
            if names is not None:
                yield from ((names, tests) for tests in _appends(each.body, names, []))


def _names(target: ast.expr, over: ast.expr) -> Names | None:
    word_of = getattr(over.func, "attr", "") if isinstance(over, ast.Call) else ""
    if word_of == "parameters" and isinstance(target, ast.Name):
        return "", target.id
    if word_of != "named_parameters" or not isinstance(target, ast.Tuple):
        return None
    name, parameter = (getattr(part, "id", "_") for part in target.elts)
    return name, parameter


def _appends(
    body: list[ast.stmt], names: Names, tests: list[tuple[ast.expr, bool]]
) -> Iterator[list[tuple[ast.expr, bool]]]:
    """Yield the conditions under which statements hand the parameter on."""
    for statement in body:
        if isinstance(statement, ast.If):
            yield from _appends(statement.body, names, [*tests, (statement.test, True)])
            yield from _appends(statement.orelse, names, [*tests, (statement.test, False)])
            if statement.body and isinstance(statement.body[-1], ast.Continue):
                tests = [*tests, (statement.test, False)]
        elif any(isinstance(n, ast.Name) and n.id == names[1] for n in ast.walk(statement)):
            yield tests


def _holds(
    source: Source, scope: Scope, names: Names, tests: list[tuple[ast.expr, bool]], sample: Sample
) -> bool | None:
    """Tell whether a sample passes conditions, None where one is not understood."""
    parameter = Parameter(sample.name, sample.num_dims)
    known: dict[str, str | Parameter] = {names[0]: sample.name, names[1]: parameter}
    said = [holds(source, test, scope, known) for test, _ in tests]
    if None in said:
        return None
    return all(each is wanted for each, (_, wanted) in zip(said, tests, strict=True))
