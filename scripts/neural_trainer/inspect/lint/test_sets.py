"""What of a test set is in the data that a loader, a name or a join of data holds."""

from __future__ import annotations

import ast
import copy
import re
from typing import NamedTuple

from neural_trainer.inspect.lint.loaders import loader_calls, loader_option
from neural_trainer.inspect.lint.scope import Assignment, Call, Scope
from neural_trainer.inspect.lint.source import Source

_TEST = re.compile(
    r"(?:^|[_.])(?:test|testing)(?:$|[_.\[]|set|loader|data|dl|ds)|(?:^|_)[xXyY]_?test$"
)
_TRAIN = re.compile(r"train", re.IGNORECASE)
JOINS = ("ConcatDataset", "concatenate", "cat", "vstack", "concat", "concatenate_datasets")


class TestPart(NamedTuple):
    """What of a test set is in something, and the expression by which it comes in.

    split: whether it is the whole of what the test part was split off.
    """

    what: str
    node: ast.expr
    split: bool = False


def is_test_name(text: str) -> bool:
    """Tell whether something is named for the test set, and not for training as well."""
    return _TEST.search(text) is not None and not _TRAIN.search(text)


def in_loader(source: Source, call: Call) -> TestPart | None:
    """Return what of the test set is in a DataLoader; it comes in there where nothing joins it."""
    given = loader_option(source, call, "dataset")
    part = in_dataset(source, *given) if given is not None else None
    if part is None or (part.split and _picks_rows(source, call)):
        return None
    named = isinstance(part.node, (ast.Name, ast.Attribute, ast.Subscript))
    return part._replace(node=call.node) if named else part


def _picks_rows(source: Source, call: Call) -> bool:
    """Tell whether a loader picks rows, or others of the file are of the training part alone."""
    if any(loader_option(source, call, name) for name in ("sampler", "batch_sampler")):
        return True
    others = [c for c in loader_calls(source) if c.node is not call.node]
    data = [loader_option(source, other, "dataset") for other in others]
    return any(given is not None and _TRAIN.search(ast.unparse(given[0])) for given in data)


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
        part = _first(source, expr.args, None, scope, depth)
        return None if part is not None and part.split and word == "Subset" else part
    if source.defined(expr.func, scope) is not None and depth > 0:  # windows(series)
        part = _first(source, expr.args[:1], None, scope, depth - 1)
        return part if part is not None and part.split else None
    return None


def _first(
    source: Source, parts: list[ast.expr], join: ast.expr | None, scope: Scope, depth: int
) -> TestPart | None:
    """Return the first part that is of the test set; with others, it comes in by the join."""
    found = (in_dataset(source, part, scope, depth) for part in parts)
    part = next((each for each in found if each is not None), None)
    return part if part is None or join is None else part._replace(node=join)


def _named(
    source: Source, expr: ast.Name | ast.Attribute, scope: Scope, depth: int
) -> TestPart | None:
    name = ast.unparse(expr)
    split = _split_off(source, source.key(expr, scope))
    if split:
        told = f"{name}, of which the test part was split off on line {split},"
        return TestPart(told, expr, True)
    if is_test_name(name):
        return TestPart(name, expr)
    if depth == 0:
        return None
    values = [(_element(v, i), at) for v, at, i in source.values(expr, scope)]
    values += [
        each for v, at, i in source.values(expr, scope) for each in _result(source, v, at, i)
    ]
    found = [in_dataset(source, v, at, depth - 1) for v, at in values if v is not None]
    return found[0] if len(found) == 1 else None


def _result(
    source: Source, value: ast.expr, scope: Scope, index: int | None
) -> list[tuple[ast.expr, Scope]]:
    """Return element `index` of the tuple that a function of this file returns."""
    made = source.defined(value.func, scope) if isinstance(value, ast.Call) else None
    results = made.returns if made is not None and made.is_function and index is not None else []
    if made is None or len(results) != 1 or not isinstance(results[0].value, ast.Tuple):
        return []
    elements = results[0].value.elts
    return [(elements[index], made)] if index is not None and index < len(elements) else []


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
    """Return the line where the test part is cut off what is used whole, 0 where none is."""
    given = source.assignments.get(key, []) if key else []
    for call in source.called("train_test_split", "random_split"):
        parted = call.word == "train_test_split" or _gives_test(source, call)
        whole = any(key and source.key(value, call.scope) == key for value in call.node.args)
        if parted and whole and not any(call.node in ast.walk(item.value) for item in given):
            return call.node.lineno
    for item in given and _cuts(source):
        part = item.value
        assert isinstance(part, ast.Subscript)
        later = any(other.node.lineno >= item.node.lineno for other in given)
        if source.key(part.value, item.scope) == key and not later:
            return item.node.lineno
    return 0


def _gives_test(source: Source, call: Call) -> bool:
    """Tell whether one of the parts that a call gives is named for the test set."""
    return any(
        isinstance(event, Assignment)
        and event.value is call.node
        and is_test_name(ast.unparse(event.target))
        for event in call.scope.events
    )


def _cuts(source: Source) -> list[Assignment]:
    """Return where what is named for the test set is rows of something: test = series[n:]."""
    if "test_cuts" not in source.kept:
        source.kept["test_cuts"] = [
            item
            for items in source.assignments.values()
            for item in items
            if item.how == "="
            and isinstance(item.value, ast.Subscript)
            and isinstance(item.value.slice, ast.Slice)
            and isinstance(item.target, ast.Name)
            and is_test_name(item.target.id)
        ]
    found: list[Assignment] = source.kept["test_cuts"]
    return found
