"""What a function builds when one call calls it: its constants put in for its names."""

from __future__ import annotations

import ast
import copy

from neural_trainer.inspect.lint.parts import starred
from neural_trainer.inspect.lint.scope import (
    Assignment,
    Call,
    Place,
    Scope,
    bound_arguments,
    defaults_of,
)
from neural_trainer.inspect.lint.settings import literal, truth
from neural_trainer.inspect.lint.source import Source

DEEPEST = 3


class PutIn(ast.NodeTransformer):
    """Puts values in the place of names; getattr(x, "name") becomes x.name."""

    def __init__(self, values: dict[str, ast.expr]) -> None:
        self.values = values

    def visit_Name(self, node: ast.Name) -> ast.expr:
        value: ast.expr = self.values.get(node.id, node)
        return copy.deepcopy(value)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        name = node.args[1] if len(node.args) == 2 else None
        plain = getattr(node.func, "id", "") == "getattr" and isinstance(name, ast.Constant)
        if not plain or not isinstance(name, ast.Constant):
            return node
        return ast.copy_location(ast.Attribute(node.args[0], str(name.value), ast.Load()), node)


def filled_in(source: Source, function: Scope, by: ast.Call, at: Scope, built: Call) -> Call:
    """Return a call that `function` makes, as it is where the call `by`, in scope `at`, calls it.

    Itself where `by` decides nothing of it.
    """
    values = _values(source, function, by, at)
    return put_in(built, values) if built.scope is function else built


def put_in(built: Call, values: dict[str, ast.expr]) -> Call:
    """Return a call with values in the place of names, itself where it has none of them."""
    names = {node.id for node in ast.walk(built.node) if isinstance(node, ast.Name)}
    if not names & set(values):
        return built
    node = copy.deepcopy(built.node)
    putting = PutIn(values)
    node.args = [putting.visit(each) for each in node.args]
    for item in node.keywords:
        item.value = putting.visit(item.value)
    return built._replace(node=node)


def returns_of(source: Source, function: Scope, by: ast.Call, at: Scope) -> list[ast.expr]:
    """Return what a function may give back to the call `by`, in scope `at`: arms it takes."""
    values = _constants(source, function, by, at)
    found: list[ast.expr] = []
    for item in function.returns:
        taken = [_takes(source, function, values, *branch) for branch in item.place.branches]
        if False not in taken:
            found.append(item.value)
        if None not in taken and False not in taken and not item.place.loops:
            break
    return found


def is_reached(source: Source, function: Scope, place: Place, by: ast.Call, at: Scope) -> bool:
    """Tell whether no branch around a place is out of the way for the call `by`, in scope `at`."""
    values = _values(source, function, by, at)
    return all(_takes(source, function, values, *each) is not False for each in place.branches)


def _values(source: Source, function: Scope, by: ast.Call, at: Scope) -> dict[str, ast.expr]:
    """Return the constants that a call gives, and the tests that the function names by them."""
    values = _constants(source, function, by, at)
    for event in function.events:  # train = split == "train"
        target = event.target if isinstance(event, Assignment) else None
        if not isinstance(event, Assignment) or not isinstance(target, ast.Name):
            continue
        alone = len(source.assignments.get(source.key(target, function), ())) == 1
        test = isinstance(event.value, (ast.Compare, ast.BoolOp, ast.UnaryOp, ast.IfExp))
        if alone and test and target.id not in values:
            values[target.id] = PutIn(values).visit(copy.deepcopy(event.value))
    return values


def _takes(
    source: Source, function: Scope, values: dict[str, ast.expr], node: ast.AST, arm: str
) -> bool | None:
    """Tell whether an arm of an `if` is taken where the parameters are `values`."""
    if not isinstance(node, ast.If) or arm not in ("then", "else"):
        return None
    test = PutIn(values).visit(copy.deepcopy(node.test))
    wanted = arm == "then"
    while isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test, wanted = test.operand, not wanted
    known = isinstance(test, ast.Constant)  # if optimizer: of optimizer=None
    holds = bool(test.value) if known else truth(source, test, function)
    return None if holds is None else holds is wanted


def _constants(source: Source, function: Scope, by: ast.Call, at: Scope) -> dict[str, ast.expr]:
    """Return the constants that a call gives the parameters of a function, its defaults too."""
    caller = Call(by, function.name, Place(), at)
    given = bound_arguments(function, caller)
    left = {n: v for n, v in defaults_of(function).items() if n not in given}
    hidden = any(k.arg is None for k in by.keywords) or any(
        isinstance(each, ast.Starred) for each in by.args
    )
    given |= {} if hidden else left
    given |= {n: v for n in left if hidden for v, _ in starred(source, caller, n)}
    found: dict[str, ast.expr] = {}
    for name, value in given.items():
        constant = literal(source, value, at)
        if constant is not None and source.key(ast.Name(name), function) not in source.assignments:
            found[name] = constant
    return found
