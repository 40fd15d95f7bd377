"""Which parameters of a model no group of an optimizer gets, by what their conditions ask for."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator
from typing import NamedTuple

from neural_trainer.inspect.lint.scope import COMPREHENSIONS, Call, Place, Scope
from neural_trainer.inspect.lint.settings import number, word
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
    said = [_says(source, scope, names, test, sample) for test, _ in tests]
    if None in said:
        return None
    return all(each is wanted for each, (_, wanted) in zip(said, tests, strict=True))


def _says(
    source: Source, scope: Scope, names: Names, test: ast.expr, sample: Sample
) -> bool | None:
    """Return what a condition says of a sample, None where it is not understood."""

    def again(inner: ast.expr) -> bool | None:
        return _says(source, scope, names, inner, sample)

    if ast.unparse(test) == f"{names[1]}.requires_grad":
        return True
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = again(test.operand)
        return None if inner is None else not inner
    if isinstance(test, ast.BoolOp):
        sides = [again(value) for value in test.values]
        if None in sides:
            return None
        return all(sides) if isinstance(test.op, ast.And) else any(sides)
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        return _compared(source, scope, names, test, sample)
    if not isinstance(test, ast.Call):
        return None
    if getattr(test.func, "attr", "") == "endswith" and _is_name(test.func, names):
        ends = _words(source, scope, test.args[0])
        return None if ends is None else sample.name.endswith(tuple(ends))
    if getattr(test.func, "id", "") == "any" and test.args:
        return _any_in(source, scope, names, test.args[0], sample)
    return None


def _is_name(function: ast.expr, names: Names) -> bool:
    return isinstance(function, ast.Attribute) and ast.unparse(function.value) == names[0]


def _compared(
    source: Source, scope: Scope, names: Names, test: ast.Compare, sample: Sample
) -> bool | None:
    left, right, how = test.left, test.comparators[0], test.ops[0]
    if isinstance(how, (ast.In, ast.NotIn)) and ast.unparse(right) == names[0]:
        part = word(source, left, scope)
        return None if part is None else (part in sample.name) is isinstance(how, ast.In)
    own = names[1]
    if ast.unparse(left) not in (f"{own}.ndim", f"{own}.dim()", f"len({own}.shape)"):
        return None
    bound = number(source, right, scope)
    compare = _ORDERS.get(type(how))
    return None if bound is None or compare is None else compare(sample.num_dims, bound)


_ORDERS: dict[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


def _any_in(
    source: Source, scope: Scope, names: Names, given: ast.expr, sample: Sample
) -> bool | None:
    """Return what any(part in name for part in parts) says."""
    if not isinstance(given, (ast.GeneratorExp, ast.ListComp)) or given.generators[0].ifs:
        return None
    test, part = given.elt, given.generators[0].target
    parts = _words(source, scope, given.generators[0].iter)
    plain = isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.In)
    if parts is None or not plain or ast.unparse(test) != f"{ast.unparse(part)} in {names[0]}":
        return None
    return any(each in sample.name for each in parts)


def _words(source: Source, scope: Scope, value: ast.expr) -> list[str] | None:
    """Return the strings that an expression lists, or is; None where they are not all in sight."""
    held = [(value, scope)]
    if isinstance(value, (ast.Name, ast.Attribute)):
        held = [(v, at) for v, at, index in source.values(value, scope) if index is None]
    if len(held) != 1:
        return None
    listed, at = held[0]
    if isinstance(listed, (ast.Tuple, ast.List, ast.Set)):
        found = [word(source, each, at) for each in listed.elts]
    else:
        found = [word(source, listed, at)]
    return [each for each in found if each is not None] if None not in found else None
