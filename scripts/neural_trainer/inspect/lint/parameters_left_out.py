"""Which parameters of a model no group of an optimizer gets, by what their conditions ask for."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from neural_trainer.inspect.lint.layers_with_parameters import has_parameters
from neural_trainer.inspect.lint.name_tests import Parameter, holds
from neural_trainer.inspect.lint.norms import norm_in
from neural_trainer.inspect.lint.parts import Given
from neural_trainer.inspect.lint.scope import COMPREHENSIONS, Call, Place, Scope
from neural_trainer.inspect.lint.sorted_parameters import model_over
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
    nodes = _sorting(source, call)
    kept = [(at, *each) for node, at in nodes for each in _tests(source, node, at)]
    if not kept:
        return None
    for sample in SAMPLES:
        held = [_holds(source, at, names, tests, sample) for at, names, tests in kept]
        if None in held:
            return None
        if not any(held):
            meant = sample is SAMPLES[0]  # a part alone is meant to learn
            without = sample is SAMPLES[2] and _have_no_norm(source, nodes)
            return None if meant or without else sample
    return None


def part_left_out(source: Source, call: Call) -> Sample | None:
    """Return the layer of a class in sight that no group gets, where two and more get others."""
    nodes = [] if "requires_grad" in source.text else _sorting(source, call)
    kept = [(at, *each) for node, at in nodes for each in _tests(source, node, at)]
    models = list(_models(source, nodes))
    cls = source.class_of(*models[0]) if models else None
    if cls is None or len({ast.unparse(model) for model, _ in models}) > 1:
        return None
    taken: dict[str, list[bool | None]] = {}
    for key, given in source.assignments.items():
        name = key.partition(f"{cls.number}:self.")[2]
        own = len(given) == 1 and re.fullmatch(r"\w+", name)
        if own and has_parameters(source, given[0].value, given[0].scope):
            sample = Sample("", f"{name}.0.fc.weight", 2)
            taken[name] = [_holds(source, *each, sample) for each in kept]
    groups = {tuple(held) for held in taken.values() if any(held)}
    missed = [name for name, held in taken.items() if not any(held)]
    if any(None in held for held in taken.values()) or len(groups) < 2 or not missed:
        return None
    return Sample(f"a part of {cls.name}", missed[0], 2)


def _sorting(source: Source, call: Call) -> list[tuple[ast.AST, Scope]]:
    """Return what sorts the parameters of an optimizer, [] where not all of it is in sight."""
    params = call.argument(0, "params")
    nodes = _sorted_by(source, params, call.scope, call.place) if params is not None else []
    sorts = sum(isinstance(n, _SORTS) for node, _ in nodes for n in ast.walk(node))
    others = sum(getattr(n.func, "attr", "") in _ASKED for node, _ in nodes for n in _calls(node))
    out_of_sight = others > sorts or any(_hands_on_unknown(source, *each) for each in nodes)
    return [] if out_of_sight else nodes


def _hands_on_unknown(source: Source, node: ast.AST, scope: Scope) -> bool:
    """Tell whether a list takes its parameters from where they were sorted out of sight."""
    return any(
        isinstance(each, (ast.ListComp, ast.GeneratorExp))
        and isinstance(each.elt, ast.Name)
        and each.elt.id in ast.unparse(each.generators[0].target)
        and model_over(source, each.generators[0].iter, scope) is None
        and "param" in ast.unparse(each.generators[0].iter)
        for each in ast.walk(node)
    )


def _have_no_norm(source: Source, nodes: list[tuple[ast.AST, Scope]]) -> bool:
    """Tell whether the models that are sorted are of classes of this file without a norm."""
    models = list(_models(source, nodes))
    own = [model for model in models if _class_in_sight(source, *model)]
    return bool(own) and not any(norm_in(source, *model) for model in own)


def _models(source: Source, nodes: list[tuple[ast.AST, Scope]]) -> Iterator[Given]:
    """Yield the model over whose parameters each loop goes that sorts some."""
    for node, at in nodes:
        for each in ast.walk(node):
            if isinstance(each, (ast.For, ast.comprehension)):
                model = model_over(source, each.iter, at)
                if model is not None:
                    yield model


def _class_in_sight(source: Source, model: ast.expr, scope: Scope) -> bool:
    itself = source.key(model, scope).endswith(":self")
    return itself or source.class_of(model, scope) is not None


_ASKED = ("parameters", "named_parameters")
_SORTS = (*COMPREHENSIONS, ast.For)


def _calls(node: ast.AST) -> list[ast.Call]:
    return [each for each in ast.walk(node) if isinstance(each, ast.Call)]


def _sorted_by(
    source: Source, params: ast.expr, scope: Scope, place: Place, depth: int = 4
) -> list[tuple[ast.AST, Scope]]:
    """Return what sorts parameters into what an optimizer is given: expressions and loops."""
    made = source.defined(params.func, scope) if isinstance(params, ast.Call) else None
    if made is not None:
        return [(made.node, made)] if made.is_function else []
    nodes: list[tuple[ast.AST, Scope]] = [(params, scope)]
    for name in _outside_of_loops(params) if depth else ():
        last = source.last_value(name, scope, place) if isinstance(name, ast.Name) else None
        if last is not None and isinstance(last.value, (ast.List, ast.Dict, *COMPREHENSIONS)):
            nodes += _sorted_by(source, last.value, scope, last.place, depth - 1)
            key = source.key(name, scope)  # type: ignore[arg-type]
            for call in source.called("append"):
                filled = source.key(call.receiver, call.scope).split("[")[0] == key
                outer = call.place.loops[:1] if filled else ()
                nodes += [(loop, scope) for loop in outer if (loop, scope) not in nodes]
    return nodes


def _outside_of_loops(expr: ast.AST) -> Iterator[ast.AST]:
    """Yield the parts of an expression, of comprehensions all but what they go over."""
    waiting = [expr]
    while waiting:
        node = waiting.pop(0)
        yield node
        over = node.generators[0].iter if isinstance(node, COMPREHENSIONS) else None
        inner = node.generators[0].ifs if isinstance(node, COMPREHENSIONS) else []
        waiting += [
            each
            for each in (*ast.iter_child_nodes(node), *inner)
            if each is not over and not isinstance(each, ast.comprehension)
        ]


Names = tuple[str, str]
"""What a name and a parameter are called where they are sorted."""


def _tests(
    source: Source, node: ast.AST, scope: Scope
) -> Iterator[tuple[Names, list[tuple[ast.expr, bool]]]]:
    """Yield under which conditions each list gets a parameter: tests, and what they must say."""
    for each in ast.walk(node):
        if isinstance(each, COMPREHENSIONS) and len(each.generators) == 1:
            names = _names(source, each.generators[0].target, each.generators[0].iter, scope)
            if names is not None:
                yield names, [(test, True) for test in each.generators[0].ifs]
        elif isinstance(each, ast.For):
            names = _names(source, each.target, each.iter, scope)
            if names is not None:
                yield from ((names, tests) for tests in _appends(each.body, names, []))


def _names(source: Source, target: ast.expr, over: ast.expr, scope: Scope) -> Names | None:
    """Return what a loop over all parameters of a model calls each, None of another loop."""
    if model_over(source, over, scope) is None:
        return None
    if isinstance(target, ast.Name):
        return "", target.id
    name, parameter = (getattr(part, "id", "_") for part in getattr(target, "elts", ("", "")))
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
