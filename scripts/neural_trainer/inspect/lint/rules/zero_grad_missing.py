"""Gradients are never cleared in a training loop, so that each step adds to all before it.

Look: a loop in which a loss goes backward and an optimizer steps, and nothing
clears gradients: no zero_grad of the optimizer or the model, no .grad = None,
in the loop or in the functions of this file that it calls. Also a loop over
several optimizers that steps each, with the zero_grad after it: its variable
is then the last of them, and the others are never cleared. Weights that are
moved by hand, by their own .grad.

Reason: backward adds to .grad. Without clearing, step N moves along the sum
of all N gradients: the loss falls, then swings or diverges, as with a learning
rate that grows.

Fix: optimizer.zero_grad() before the backward pass.

Not reported: a loop that ends after one pass; an optimizer or a leaf made anew in it; an
optimizer or its owner handed to code of another file, which may clear; a step
of DeepSpeed's engine, which clears by itself.

Sources: PyTorch, Zeroing out gradients in PyTorch (recipes); Humbatova et al.
2020, Taxonomy of Real Faults in Deep Learning Systems, arXiv 1910.11015.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from neural_trainer.inspect.lint.course import Action, course_of, within
from neural_trainer.inspect.lint.deeds import clears_gradients, is_backward, is_step, name_of
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.optimizer_builds import models_in
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.training_loops import TrainingLoop, training_loops

ID = "zero-grad-missing"
CAUSE = "zero-grad-missing"


def find(source: Source) -> list[Spot]:
    """Return each backward pass, or of several optimizers the step, that nothing is cleared for."""
    spots = list(_of_the_last_alone(source))
    for loop in training_loops(source):
        if loop.ends_at_once:
            continue
        keys = {loop.optimizer(source, step) for step in loop.steps}
        if any(loop.built_inside(key) or loop.out_of_sight(source, key) for key in keys):
            continue
        if loop.zeros:
            spots += _of_one(source, loop, keys)
            continue
        step = loop.steps[0]
        name = name_of(loop.optimizer(source, step))
        saw = (
            f"this loop goes backward and steps {name} (line {step.call.node.lineno}), and "
            "nothing in it clears the gradients"
        )
        spots.append(Spot(loop.backwards[0].call.node, saw))
    return spots + list(_of_steps_by_hand(source))


def _of_steps_by_hand(source: Source) -> Iterator[Spot]:
    """Yield each backward pass of a loop that moves weights by their .grad without an optimizer."""
    if not re.search(r"\.grad\b", source.text) or not source.called("backward"):
        return
    for scope in source.scopes:
        if scope.is_class or not source.reaches(scope, ("backward",)):
            continue
        actions = course_of(source, scope)
        for step in actions:
            backwards = [a for a in actions if is_backward(a) and a.place.loops]
            moved = _moved_by_hand(step) if backwards and step.place.loops else None
            around = [a for a in backwards if set(a.place.loops) & set(step.place.loops)]
            if moved is None or not around:
                continue
            loop = [each for each in around[0].place.loops if each in step.place.loops][-1]
            if _clears_or_may(source, within(actions, loop), step, moved):
                continue
            saw = (
                f"this loop goes backward and moves {ast.unparse(moved)} by its gradient (line "
                f"{step.event.node.lineno}), and nothing in it clears the gradients"
            )
            yield Spot(around[0].call.node, saw)


def _moved_by_hand(action: Action) -> ast.expr | None:
    """Return what is moved in place by its own .grad: w -= lr * w.grad, p.data.add_(p.grad)."""
    if action.is_call:
        call = action.call
        owner = call.receiver if call.word in ("add_", "sub_", "copy_", "addcmul_") else None
        values: list[ast.expr] = [*call.node.args, *(k.value for k in call.node.keywords)]
    else:
        owner, values = action.event.target, [action.event.value]  # type: ignore[union-attr]
        data = isinstance(owner, ast.Attribute) and owner.attr == "data"
        owner = owner if action.word == "-=" or (data and action.word == "=") else None
    if isinstance(owner, ast.Attribute) and owner.attr == "data":
        owner = owner.value
    if not isinstance(owner, (ast.Name, ast.Attribute, ast.Subscript)):
        return None
    wanted = f"{ast.unparse(owner)}.grad"
    parts = (node for value in values for node in ast.walk(value))
    reads = any(isinstance(n, ast.Attribute) and ast.unparse(n) == wanted for n in parts)
    return owner if reads else None


def _clears_or_may(source: Source, inside: list[Action], step: Action, moved: ast.expr) -> bool:
    """Tell whether a loop clears gradients, steps, makes its leaves or hands them on."""
    key = step.key(source, moved)
    for action in inside:
        if clears_gradients(action) or is_step(source, action):
            return True
        if not action.is_call:
            if action.word == "=" and action.receiver in (key, f"{key}.grad"):
                return True
            continue
        unknown = source.callee(action.call) is None and not action.laid_in
        name = source.called_name(action.call)
        if unknown and name and not name.startswith(("torch.", "math.", "print", "range", "zip")):
            given = {action.key(source, value) for value in action.call.node.args}
            if key in given or any(each and key.startswith(f"{each}.") for each in given):
                return True
    return False


def _of_the_last_alone(source: Source) -> Iterator[Spot]:
    """Yield each zero_grad of a loop's variable after that loop, which steps all it goes over."""
    for block in _blocks(source.tree):
        for place, each in enumerate(block):
            if not isinstance(each, ast.For) or not isinstance(each.target, ast.Name):
                continue
            name = each.target.id
            if "step" not in _called(each.body, name) or "zero_grad" in _called([each], name):
                continue
            for later in block[place + 1 :]:
                if isinstance(later, ast.Expr) and "zero_grad" in _called([later], name):
                    saw = (
                        f"after the loop over {ast.unparse(each.iter)} (line {each.lineno}) "
                        f"{name} is the last of them: the others are never cleared"
                    )
                    yield Spot(later.value, saw)


def _blocks(tree: ast.AST) -> Iterator[list[ast.stmt]]:
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list):
                yield block


def _called(block: Sequence[ast.AST], name: str) -> set[str]:
    """Return the methods of the variable `name` that are called in a block."""
    return {
        call.func.attr
        for part in block
        for call in ast.walk(part)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == name
    }


def _of_one(source: Source, loop: TrainingLoop, keys: set[str]) -> list[Spot]:
    """Return the step of each of several optimizers whose own gradients nothing clears."""
    course = course_of(source, loop.scope)
    models = {key: models_in(source, course, key) for key in keys}
    cleared = {zero.receiver for zero in loop.zeros if zero.is_call}
    known = set(models).union(*models.values())
    told_apart = len(models) > 1 and all(models.values()) and cleared <= known
    if not told_apart or not all(zero.is_call for zero in loop.zeros):
        return []
    spots = []
    for step in loop.steps:
        key = loop.optimizer(source, step)
        if not cleared & {key, *models[key]}:
            before = loop.actions[: loop.actions.index(step)]
            backwards = [a for a in loop.backwards if a in before]
            line = step.call.node.lineno
            saw = f"{name_of(key)} steps on line {line}, and this loop clears others alone"
            spots.append(Spot((backwards or [step])[-1].call.node, saw))
    return spots
