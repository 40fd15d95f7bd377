"""A model is trained on the data that are kept to test it, or chosen by them.

Look: a training loop over a loader that is named for the test set or built from
a dataset with train=False or split="test"; a training loader over a
ConcatDataset, sum or concatenation of training and test data, rows of such a
join, or a mask of both; fit on X_test. A scheduler that steps by what was
measured on the test loader; weights that are kept, or training that ends, by it.

Reason: what is measured on the test set then says nothing about new data.

Fix: train on the training split; choose by a validation split; keep the test
set for one look at the end.

Not reported: training at test time (a copy of the model for each input, names
that say adapt or ttt); validation data; a test loader over training data; a
score on the test set that is only told.

Sources: Kapoor & Narayanan 2023, Leakage and the reproducibility crisis,
doi 10.1016/j.patter.2023.100804 (L1.1, no test set).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from neural_trainer.inspect.lint.course import Action, course_of
from neural_trainer.inspect.lint.deeds import gradients_on, is_backward, is_scheduler_step
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.loaders import loaders_of, looped_over
from neural_trainer.inspect.lint.roles import MODEL, role
from neural_trainer.inspect.lint.scope import Call, Place, Scope, bound_arguments
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.test_sets import JOINS, in_loader, is_test_name
from neural_trainer.inspect.lint.training_loops import TrainingLoop, training_loops
from neural_trainer.inspect.lint.wording import mentions

ID = "test-data-in-training"
CAUSE = "data-leakage"
_TRAIN = re.compile(r"train", re.IGNORECASE)
_MEANT = re.compile(r"adapt|ttt|tent|attack|adversar", re.IGNORECASE)
_KEEPS = re.compile(r"state_dict|\bsave\w*\(|deepcopy")


def find(source: Source) -> list[Spot]:
    """Return where test data are trained on, or choose what is kept."""
    if "test" not in source.text and "train=False" not in source.text:
        return []
    spots: dict[int, Spot] = {}
    for loop in training_loops(source):
        for spot in (*_of_loop(source, loop), *_chosen(source, loop), *_masked(source, loop)):
            spots[id(spot.node)] = spot
    for spot in (*_rows_of_join(source), *_in_lightning(source)):
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
            if is_test_name(data):
                yield Spot(each, f"the model is trained on {data}")
                return
            for scope in scopes.values():
                for call in loaders_of(source, expr, scope):
                    part = in_loader(source, call)
                    if part is not None:
                        saw = f"{part.what} is put here into what line {each.lineno} trains on"
                        yield Spot(part.node, saw)
                        return


def _in_lightning(source: Source) -> Iterator[Spot]:
    """Yield where test data come into what train_dataloader gives."""
    for scope in source.scopes:
        if scope.name != "train_dataloader" or not scope.is_method:
            continue
        for item in scope.returns:
            for call in loaders_of(source, item.value, scope):
                part = in_loader(source, call)
                if part is not None:
                    yield Spot(
                        part.node, f"{part.what} is put here into what train_dataloader gives"
                    )


def _chosen(source: Source, loop: TrainingLoop) -> Iterator[Spot]:
    """Yield where a score on the test set sets the rate, keeps weights or ends training."""
    outer, scope = loop.backwards[0].place.loops[0], loop.scope
    for action in loop.actions if loop.loop is outer else _around(source, loop):
        if action.is_call and is_scheduler_step(source, action):
            for value in action.call.node.args[:1]:
                data = _measured_on(source, value, action.event.scope)
                if data:
                    yield Spot(action.call.node, f"{data} sets the learning rate here")
    for node in ast.walk(outer):
        if not isinstance(node, ast.If) or not isinstance(node.test, ast.Compare):
            continue
        body = " ".join(map(ast.unparse, node.body))
        for side in (node.test.left, *node.test.comparators):
            data = _measured_on(source, side, scope)
            if data and (_KEEPS.search(body) or any(isinstance(n, ast.Break) for n in node.body)):
                yield Spot(node, f"{data} chooses here which weights are kept")


def _around(source: Source, loop: TrainingLoop) -> list[Action]:
    outer = loop.backwards[0].place.loops[0]
    return [a for a in course_of(source, loop.scope) if outer in a.place.loops]


def _measured_on(source: Source, value: ast.expr, scope: Scope) -> str:
    """Return the test set that a number was measured on, by the call that made it; "" of none."""
    if isinstance(value, ast.Name):
        last = source.last_value(value, scope, Place())
        value = last.value if last is not None else value
    while isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and not value.args:
        value = value.func.value  # accuracy(net, test).item()
    given = value.args if isinstance(value, ast.Call) else []
    names = [ast.unparse(a) for a in given if isinstance(a, (ast.Name, ast.Attribute))]
    if any(_TRAIN.search(name) for name in names):
        return ""
    return next((name for name in names if is_test_name(name)), "")


def _masked(source: Source, loop: TrainingLoop) -> Iterator[Spot]:
    """Yield each mask of the training and the test rows by which a loop picks what it learns."""
    for action in loop.actions:
        value = getattr(action.event, "value", None)
        picked = [n for n in ast.walk(value) if isinstance(n, ast.Subscript)] if value else []
        for node in picked:
            for given, _, _ in source.values(node.slice, action.event.scope):
                if not isinstance(given, ast.BinOp) or not isinstance(given.op, _BOTH):
                    continue
                sides = [ast.unparse(side) for side in (given.left, given.right)]
                test = next((side for side in sides if is_test_name(side)), "")
                if test and any(_TRAIN.search(side) for side in sides):
                    saw = f"{test} is among the rows that line {node.lineno} trains on"
                    yield Spot(given, saw)


_BOTH = (ast.BitOr, ast.Add)


def _rows_of_join(source: Source) -> Iterator[Spot]:
    """Yield each join of training and test data whose rows a training loop takes."""
    for call in source.called(*JOINS):
        parts = call.node.args[0] if call.node.args else None
        names = [ast.unparse(e) for e in getattr(parts, "elts", []) if isinstance(e, ast.Name)]
        test = next((name for name in names if is_test_name(name)), "")
        if not test or not any(_TRAIN.search(name) for name in names):
            continue
        for name, scope in _called_so(source, call):
            for loop in training_loops(source):
                if _takes_rows(loop, name, scope):
                    line = loop.loop.lineno
                    yield Spot(call.node, f"{test} is among the rows that line {line} trains on")


def _called_so(source: Source, join: Call) -> Iterator[tuple[str, Scope]]:
    """Yield the names that a join has: where it is assigned, or given to a function."""
    for item in join.scope.events:
        if isinstance(item, Call):
            function = source.callee(item)
            for name, value in bound_arguments(function, item).items() if function else ():
                if value is join.node and function is not None:
                    yield name, function
        elif item.value is join.node and isinstance(item.target, ast.Name):
            yield item.target.id, item.scope


def _takes_rows(loop: TrainingLoop, name: str, scope: Scope) -> bool:
    """Tell whether a training loop takes rows of `name`: x[rows]."""
    return any(
        isinstance(node, ast.Subscript) and getattr(node.value, "id", "") == name
        for action in loop.actions
        if action.event.scope is scope and getattr(action.event, "value", None) is not None
        for node in ast.walk(action.event.value)  # type: ignore[union-attr]
    )
