"""A model is trained on the data that are kept to test it, or chosen by them.

Look: a training loop over a loader that is named for the test set or built from
a dataset with train=False or split="test"; a training loader over a
ConcatDataset, sum or concatenation of training and test data, rows of such a
join, or a mask of both; all of what the test part was cut off; the labels of all nodes
of a graph that has a test mask; fit on X_test. A scheduler that steps by what was
measured on the test loader; weights that are kept, training that ends, or a trial
that is taken by it; the test set as what a Trainer keeps its best weights by.

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

from neural_trainer.inspect.lint.course import course_of
from neural_trainer.inspect.lint.deeds import gradients_on, is_backward, is_scheduler_step
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.loaders import loaders_of, looped_over
from neural_trainer.inspect.lint.measures import measured_on, selections
from neural_trainer.inspect.lint.node_masks import losses_of_all_nodes
from neural_trainer.inspect.lint.parts import settled
from neural_trainer.inspect.lint.roles import MODEL, role
from neural_trainer.inspect.lint.scope import Call, Loop, Place, Scope, bound_arguments
from neural_trainer.inspect.lint.settings import setting, truth
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.test_sets import JOINS, in_dataset, in_loader, is_test_name
from neural_trainer.inspect.lint.training_calls import loaders_in_training
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
        for loss in losses_of_all_nodes(source, loop):
            saw = "the labels of all nodes are learnt from, those of the test mask among them"
            spots[id(loss)] = Spot(loss, saw)
    for spot in (
        *_rows_of_join(source),
        *_in_lightning(source),
        *_selected(source),
        *_by_trainer(source),
    ):
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
                for call in loaders_in_training(source, expr, scope, loop.backwards):
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
    for scope, outer in _runs_of(source, loop):
        around = [a for a in course_of(source, scope) if outer in a.place.loops]
        for action in around:
            if action.is_call and is_scheduler_step(source, action):
                for value in action.call.node.args[:1]:
                    data = measured_on(source, value, action.event.scope)
                    if data:
                        yield Spot(action.call.node, f"{data} sets the learning rate here")
        inner = {a.event.scope.number: a.event.scope for a in around if a.event.scope is not scope}
        code: list[tuple[ast.AST, Scope]] = [(outer, scope)]
        code += [(each.node, each) for each in inner.values() if each.is_function]
        for root, at in code:
            for node in ast.walk(root):
                data = _keeps_by(source, node, at) if isinstance(node, ast.If) else ""
                if data:
                    yield Spot(node, f"{data} chooses here which weights are kept")


def _runs_of(source: Source, loop: TrainingLoop) -> Iterator[tuple[Scope, Loop]]:
    """Yield each function that runs a training loop, and the outermost loop of it around that."""
    backward = loop.backwards[0]
    yield loop.scope, backward.place.loops[0]
    for scope in source.scopes:
        if scope.is_class or scope is loop.scope or not source.reaches(scope, ("backward",)):
            continue
        for action in course_of(source, scope):
            if action.event is backward.event and action.place.loops:
                yield scope, action.place.loops[0]
                break


def _keeps_by(source: Source, branch: ast.If, scope: Scope) -> str:
    """Return the test set by which a branch keeps weights or ends training, "" of none."""
    body = " ".join(map(ast.unparse, branch.body))
    ends = any(isinstance(n, ast.Break) for n in branch.body)
    if not (
        ends or _KEEPS.search(body) or any(_keeps_model(source, n, scope) for n in branch.body)
    ):
        return ""
    test: ast.expr = branch.test
    if isinstance(test, ast.Name):  # is_best
        last = source.last_value(test, scope, Place())
        test = last.value if last is not None else test
    sides = [test.left, *test.comparators] if isinstance(test, ast.Compare) else []
    return next((data for side in sides if (data := measured_on(source, side, scope))), "")


def _keeps_model(source: Source, node: ast.stmt, scope: Scope) -> bool:
    """Tell whether a statement gives a model another name: best_model = model."""
    return (
        isinstance(node, ast.Assign)
        and isinstance(node.value, (ast.Name, ast.Attribute))
        and role(source, node.value, scope) == MODEL
    )


def _selected(source: Source) -> Iterator[Spot]:
    """Yield where trials are compared by what each did on the test set."""
    trains = training_loops(source) or source.called("fit")
    for node, data in selections(source) if trains else ():
        yield Spot(node, f"{data} chooses here which of the trials is taken")


def _by_trainer(source: Source) -> Iterator[Spot]:
    """Yield test data that a trainer of a library trains on, or keeps weights or ends by."""
    for word, calls in source.calls.items():
        for call in calls if word.endswith("Trainer") else ():
            if not source.called_name(call).startswith(("transformers.", "trl.")):
                continue
            for name in ("train_dataset", "eval_dataset"):
                given = call.argument(99, name)
                part = in_dataset(source, given, call.scope) if given is not None else None
                if part is None or given is None:
                    continue
                if name == "train_dataset":
                    yield Spot(given, f"{part.what} is trained on")
                elif _keeps_best(source, call):
                    yield Spot(given, f"{part.what} chooses which weights are kept")
    for call in source.called("fit"):
        given = call.argument(2, "val_dataloaders")
        named = ast.unparse(given) if isinstance(given, (ast.Name, ast.Attribute)) else ""
        monitors = source.called("EarlyStopping") or [
            c for c in source.called("ModelCheckpoint") if c.argument(99, "monitor") is not None
        ]
        if given is not None and is_test_name(named) and monitors and "ightning" in source.text:
            yield Spot(given, f"{named} chooses which weights are kept")


def _keeps_best(source: Source, trainer: Call) -> bool:
    """Tell whether a trainer keeps the weights that did best in evaluation, or ends by it."""
    callbacks = trainer.argument(99, "callbacks")
    stops = callbacks is not None and "EarlyStopping" in ast.unparse(callbacks)
    args = trainer.argument(1, "args")
    made = settled(source, args, trainer.scope) if args is not None else []
    for value, at in made:
        if isinstance(value, ast.Call):
            call = Call(value, "", Place(), at)
            best = setting(source, call, 99, "load_best_model_at_end")
            if best is not None and truth(source, *best) is True:
                return True
    return stops


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
