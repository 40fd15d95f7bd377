"""A model is trained on the data that are kept to test it.

Look: a training loop over a loader that is named for the test set or built from
a dataset with train=False or split="test"; a training loader over a
ConcatDataset, sum or concatenation of training and test data; fit on X_test.

Reason: what is measured on the test set then says nothing about new data.

Fix: train on the training split; keep the test set for one look at the end.

Not reported: training at test time (a copy of the model for each input, names
that say adapt or ttt); validation data; a test loader over training data.

Sources: Kapoor & Narayanan 2023, Leakage and the reproducibility crisis,
doi 10.1016/j.patter.2023.100804 (L1.1, no test set).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from neural_trainer.inspect.lint.deeds import gradients_on, is_backward
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.loaders import loader_option, loaders_of, looped_over
from neural_trainer.inspect.lint.roles import MODEL, role
from neural_trainer.inspect.lint.scope import Call, Scope
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.training_loops import TrainingLoop, training_loops
from neural_trainer.inspect.lint.wording import mentions

ID = "test-data-in-training"
CAUSE = "data-leakage"
_TEST = re.compile(
    r"(?:^|[_.])(?:test|testing)(?:$|[_.\[]|set|loader|data|dl|ds)|(?:^|_)[xXyY]_?test$"
)
_TRAIN = re.compile(r"train", re.IGNORECASE)
_MEANT = re.compile(r"adapt|ttt|tent|attack|adversar", re.IGNORECASE)
_JOINS = ("ConcatDataset", "concatenate", "cat", "vstack", "concat", "concatenate_datasets")


def find(source: Source) -> list[Spot]:
    """Return where test data are trained on."""
    if "test" not in source.text and "train=False" not in source.text:
        return []
    spots: dict[int, Spot] = {}
    for loop in training_loops(source):
        for spot in _of_loop(source, loop):
            spots[id(spot.node)] = spot
    for call in source.called("fit", "fit_transform", "partial_fit"):
        names = [ast.unparse(a) for a in call.node.args[:2] if isinstance(a, ast.Name)]
        if names and all(re.fullmatch(r"[xXyY]_?test", name) for name in names):
            spots[id(call.node)] = Spot(call.node, f"{names[0]} is fitted to")
    return [] if spots and mentions(source, _MEANT) else list(spots.values())


def _of_loop(source: Source, loop: TrainingLoop) -> Iterator[Spot]:
    for action in loop.actions:
        shown = [ast.unparse(a) for a in action.call.node.args[:1]] if action.is_call else []
        runs = action.is_call and role(source, action.call.node.func, action.event.scope) == MODEL
        named = shown and re.fullmatch(r"(?:self\.)?[xX]_?(?:test|te)", shown[0])
        if runs and named and action.place.loops and gradients_on(action) is True:
            yield Spot(action.call.node, f"the model is trained on {shown[0]}")
            return
    around = {each for a in loop.backwards for each in a.place.loops}
    scopes = {a.event.scope.number: a.event.scope for a in loop.actions if is_backward(a)}
    scopes[loop.scope.number] = loop.scope
    for each in sorted(around, key=lambda node: node.lineno):
        for expr in looped_over(each):
            data = ast.unparse(expr) if isinstance(expr, (ast.Name, ast.Attribute)) else ""
            if _TEST.search(data) and not _TRAIN.search(data):
                yield Spot(each, f"the model is trained on {data}")
                return
            for scope in scopes.values():
                for call in loaders_of(source, expr, scope):
                    what = _test_data(source, call)
                    if what:
                        saw = f"{what} is in this loader, and trained on in line {each.lineno}"
                        yield Spot(call.node, saw)
                        return


def _test_data(source: Source, call: Call) -> str:
    """Return what of the test set is in a loader, "" for nothing that is seen."""
    given = loader_option(source, call, "dataset")
    return _in_dataset(source, given[0], given[1]) if given is not None else ""


def _in_dataset(source: Source, expr: ast.expr, scope: Scope, depth: int = 3) -> str:
    if isinstance(expr, ast.Subscript) and isinstance(expr.slice, ast.Constant):
        return ast.unparse(expr) if expr.slice.value == "test" else ""
    if isinstance(expr, (ast.Name, ast.Attribute)):
        name = ast.unparse(expr)
        split = _split_off(source, source.key(expr, scope))
        if split:
            return f"{name}, of which the test part was split off on line {split},"
        if _TEST.search(name) and not _TRAIN.search(name):
            return name
        if depth == 0:
            return ""
        values = source.values(expr, scope)
        found = [_in_dataset(source, v, s, depth - 1) for v, s, i in values if i is None]
        return found[0] if len(found) == 1 else ""
    if isinstance(expr, ast.BinOp) and isinstance(expr.op, ast.Add):
        sides = [_in_dataset(source, side, scope, depth) for side in (expr.left, expr.right)]
        return next((side for side in sides if side), "")
    if not isinstance(expr, ast.Call):
        return ""
    word = expr.func.attr if isinstance(expr.func, ast.Attribute) else getattr(expr.func, "id", "")
    for item in expr.keywords:
        off = isinstance(item.value, ast.Constant) and item.value.value
        if (item.arg == "train" and off is False) or (item.arg == "split" and off == "test"):
            return ast.unparse(expr)[:60]
    if word in _JOINS and expr.args:
        parts = expr.args[0].elts if isinstance(expr.args[0], (ast.List, ast.Tuple)) else []
        return next((w for p in parts if (w := _in_dataset(source, p, scope, depth))), "")
    if word in ("TensorDataset", "Subset"):
        return next((w for p in expr.args if (w := _in_dataset(source, p, scope, depth))), "")
    return ""


def _split_off(source: Source, key: str) -> int:
    """Return the line where train_test_split divides what is used whole, 0 where none does."""
    for call in source.called("train_test_split"):
        for value in call.node.args:
            if key and source.key(value, call.scope) == key:
                given = source.assignments.get(key, [])
                if not any(call.node in ast.walk(item.value) for item in given):
                    return call.node.lineno
    return 0
