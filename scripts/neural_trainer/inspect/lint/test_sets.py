"""What of a test set is in the data that a loader, a name or a join of data holds."""

from __future__ import annotations

import ast
import copy
import re
from typing import NamedTuple

from neural_trainer.inspect.lint.loaders import loader_option
from neural_trainer.inspect.lint.scope import Call, Scope
from neural_trainer.inspect.lint.source import Source

_TEST = re.compile(
    r"(?:^|[_.])(?:test|testing)(?:$|[_.\[]|set|loader|data|dl|ds)|(?:^|_)[xXyY]_?test$"
)
_TRAIN = re.compile(r"train", re.IGNORECASE)
JOINS = ("ConcatDataset", "concatenate", "cat", "vstack", "concat", "concatenate_datasets")


class TestPart(NamedTuple):
    """What of a test set is in something, and the expression by which it comes in."""

    what: str
    node: ast.expr


def is_test_name(text: str) -> bool:
    """Tell whether something is named for the test set, and not for training as well."""
    return _TEST.search(text) is not None and not _TRAIN.search(text)


def in_loader(source: Source, call: Call) -> TestPart | None:
    """Return what of the test set is in a DataLoader; it comes in there where nothing joins it."""
    given = loader_option(source, call, "dataset")
    part = in_dataset(source, *given) if given is not None else None
    if part is None:
        return None
    named = isinstance(part.node, (ast.Name, ast.Attribute, ast.Subscript))
    return TestPart(part.what, call.node) if named else part


def in_dataset(source: Source, expr: ast.expr, scope: Scope, depth: int = 3) -> TestPart | None:
    """Return what of the test set a dataset holds, None where nothing is seen."""
    if isinstance(expr, ast.Subscript) and isinstance(expr.slice, ast.Constant):
        return TestPart(ast.unparse(expr), expr) if expr.slice.value == "test" else None
    if isinstance(expr, (ast.Name, ast.Attribute)):
        return _named(source, expr, scope, depth)
    if isinstance(expr, ast.BinOp) and isinstance(expr.op, ast.Add):
        return _first(source, [expr.left, expr.right], expr, scope, depth)
    if not isinstance(expr, ast.Call):
        return None
    word = expr.func.attr if isinstance(expr.func, ast.Attribute) else getattr(expr.func, "id", "")
    for item in expr.keywords:
        given = item.value.value if isinstance(item.value, ast.Constant) else None
        if (item.arg == "train" and given is False) or (item.arg == "split" and given == "test"):
            return TestPart(ast.unparse(expr)[:60], expr)
    if word in JOINS and expr.args:
        parts = expr.args[0].elts if isinstance(expr.args[0], (ast.List, ast.Tuple)) else []
        return _first(source, parts, expr, scope, depth)
    if word in ("TensorDataset", "Subset"):
        return _first(source, expr.args, None, scope, depth)
    return None


def _first(
    source: Source, parts: list[ast.expr], join: ast.expr | None, scope: Scope, depth: int
) -> TestPart | None:
    """Return the first part that is of the test set; with others, it comes in by the join."""
    found = (in_dataset(source, part, scope, depth) for part in parts)
    part = next((each for each in found if each is not None), None)
    return part if part is None or join is None else TestPart(part.what, join)


def _named(
    source: Source, expr: ast.Name | ast.Attribute, scope: Scope, depth: int
) -> TestPart | None:
    name = ast.unparse(expr)
    split = _split_off(source, source.key(expr, scope))
    if split:
        return TestPart(f"{name}, of which the test part was split off on line {split},", expr)
    if is_test_name(name):
        return TestPart(name, expr)
    if depth == 0:
        return None
    values = [(_element(v, i), at) for v, at, i in source.values(expr, scope)]
    found = [in_dataset(source, v, at, depth - 1) for v, at in values if v is not None]
    return found[0] if len(found) == 1 else None


def _element(value: ast.expr, index: int | None) -> ast.expr | None:
    """Return a value, or its element: also of (f(s) for s in ("train", "test"))."""
    if index is None:
        return value
    if not isinstance(value, (ast.GeneratorExp, ast.ListComp)) or len(value.generators) != 1:
        return None
    made = value.generators[0]
    given = made.iter.elts if isinstance(made.iter, (ast.Tuple, ast.List)) else []
    if index >= len(given) or not isinstance(made.target, ast.Name):
        return None
    return _Put(made.target.id, given[index]).visit(copy.deepcopy(value.elt))  # type: ignore[no-any-return]


class _Put(ast.NodeTransformer):
    """Puts a value in the place of a name."""

    def __init__(self, name: str, value: ast.expr) -> None:
        self.name, self.value = name, value

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.value if node.id == self.name else node


def _split_off(source: Source, key: str) -> int:
    """Return the line where train_test_split divides what is used whole, 0 where none does."""
    for call in source.called("train_test_split"):
        for value in call.node.args:
            if key and source.key(value, call.scope) == key:
                given = source.assignments.get(key, [])
                if not any(call.node in ast.walk(item.value) for item in given):
                    return call.node.lineno
    return 0
