"""The training loops of a file: where gradients are computed and an optimizer steps, in sight."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from neural_trainer.inspect.lint.batch_steps import batch_step, has_automatic_step
from neural_trainer.inspect.lint.course import Action, course_of, within
from neural_trainer.inspect.lint.deeds import (
    clears_gradients,
    is_backward,
    is_step,
    stepped_optimizer,
)
from neural_trainer.inspect.lint.dispatch import heirs
from neural_trainer.inspect.lint.roles import ENGINE, role
from neural_trainer.inspect.lint.scope import Call, Loop, Scope
from neural_trainer.inspect.lint.source import Source

# What these do with an optimizer is known: they clear no gradients.
_KNOWN = frozenset({
    "step", "unscale_", "scale", "update", "clip_grad_norm_", "clip_grad_value_", "print",
    "len", "append", "isinstance", "state_dict", "load_state_dict", "get_scheduler",
    "enumerate", "zip", "save", "dict", "float", "str", "clip_gradients", "clip_grad_norm",
    "manual_backward", "backward", "log", "log_dict", "optimizers", "lr_schedulers",
})  # fmt: skip


_BACKWARD = ("backward", "manual_backward")


@dataclass(frozen=True)
class TrainingLoop:
    """The innermost loop that holds both a backward pass and the step of an optimizer."""

    loop: Loop
    scope: Scope
    actions: list[Action]
    backwards: list[Action]
    steps: list[Action]
    """optimizer.step(), or scaler.step(optimizer)."""
    zeros: list[Action]
    """What clears gradients: zero_grad, .grad = None and the like."""
    engine: str = ""
    """Where the loop is a function that an engine calls for each batch: who optimises in it."""

    def optimizer(self, source: Source, step: Action) -> str:
        """Return the key of the optimizer that `step` steps."""
        return stepped_optimizer(source, step)

    def built_inside(self, key: str) -> bool:
        """Tell whether what `key` names is set anew within the loop."""
        base = key.split("[")[0]
        return any(
            not a.is_call and a.receiver == base and a.word == "=" and not _is_asked_for(a)
            for a in self.actions
        )

    def out_of_sight(self, source: Source, key: str) -> Action | None:
        """Return a call in the loop that may do anything with an object: its code is not here."""
        for action in self.actions:
            if not action.is_call:
                continue
            call = action.call
            if action.word in _KNOWN or source.callee(call) is not None:
                continue
            given = [*call.node.args, *(k.value for k in call.node.keywords)]
            if key and any(action.key(source, value) == key for value in given):
                return action
            if is_foreign_method(source, call):
                return action
        return None

    @property
    def ends_at_once(self) -> bool:
        """Tell whether the loop runs a single time: it ends in `break` or `return`."""
        body = self.loop.body if isinstance(self.loop, (ast.For, ast.AsyncFor, ast.While)) else []
        return bool(body) and isinstance(body[-1], (ast.Break, ast.Return, ast.Raise))


def _is_asked_for(action: Action) -> bool:
    """Tell whether a value is what an engine holds: opt = self.optimizers()."""
    function = getattr(getattr(action.event, "value", None), "func", None)
    return getattr(function, "attr", "") == "optimizers"


def training_loops(source: Source) -> list[TrainingLoop]:
    """Return the training loops of a file, each once."""
    if "training_loops" not in source.kept:
        source.kept["training_loops"] = list(_find(source))
    found: list[TrainingLoop] = source.kept["training_loops"]
    return found


def update_passes(source: Source) -> list[TrainingLoop]:
    """Return the training loops, and functions that nothing here calls which make one update.

    Such a function goes backward and steps outside of any loop: its caller loops.
    """
    found = list(training_loops(source))
    known = {id(a.event) for loop in found for a in loop.backwards}
    for scope in source.scopes if source.called(*_BACKWARD) else ():
        if not scope.is_function or source.callers.get(scope.number):
            continue
        if not source.reaches(scope, _BACKWARD) or not source.reaches(scope, ("step",)):
            continue
        actions = course_of(source, scope)
        backwards = [a for a in actions if is_backward(a)]
        steps = [a for a in actions if is_step(source, a)]
        fresh = all(id(a.event) not in known and not a.place.loops for a in (*backwards, *steps))
        if backwards and steps and fresh:
            zeros = [a for a in actions if clears_gradients(a)]
            node: Loop = scope.node  # type: ignore[assignment]
            found.append(TrainingLoop(node, scope, actions, backwards, steps, zeros, "unknown"))
    return found


def _find(source: Source) -> Iterator[TrainingLoop]:
    if not source.called(*_BACKWARD) and not has_automatic_step(source):
        return
    for scope in source.scopes:
        loops = {loop for event in scope.events for loop in event.place.loops}
        step = batch_step(source, scope)
        if step:
            loops.add(scope.node)  # type: ignore[arg-type]
        if not loops or scope.is_class or not (step or source.reaches(scope, _BACKWARD)):
            continue
        for cls in (None, *heirs(source, scope)):
            actions = course_of(source, scope, cls)
            for loop in sorted(loops, key=lambda each: each.lineno):
                own = step if loop is scope.node else ""
                found = _as_training(source, scope, loop, within(actions, loop), own)
                if found is not None:
                    yield found


def _as_training(
    source: Source, scope: Scope, loop: Loop, inside: list[Action], engine: str
) -> TrainingLoop | None:
    backwards = [a for a in inside if is_backward(a)]
    steps = [a for a in inside if is_step(source, a)]
    if not backwards or not steps or _holds_inner(loop, backwards, steps):
        return None
    if any(role(source, a.call.receiver, a.call.scope) == ENGINE for a in steps):
        return None
    zeros = [a for a in inside if clears_gradients(a)]
    return TrainingLoop(loop, scope, inside, backwards, steps, zeros, engine)


def _holds_inner(loop: Loop, backwards: list[Action], steps: list[Action]) -> bool:
    """Tell whether a loop further in holds a backward pass and a step as well."""

    def inner(action: Action) -> set[Loop]:
        loops = action.place.loops
        return set(loops[loops.index(loop) + 1 :])

    first = set().union(*map(inner, backwards))
    return bool(first & set().union(*map(inner, steps)))


def is_foreign_method(source: Source, call: Call) -> bool:
    """Tell whether a call is of a method of self that another file defines."""
    key = source.key(call.node.func, call.scope)
    number, _, name = key.partition(":")
    if not name.startswith("self.") or "." in name.removeprefix("self.") or "(" in name:
        return False
    cls = source.scopes[int(number)]
    if not cls.is_class or key in source.assignments or source.method(cls, call.word):
        return False
    bases = {name.rpartition(".")[2] for name in source.base_names(cls)}
    mixed_in = "Module" not in bases and _STEPS.search(call.word) is not None
    return mixed_in or bool(bases - {"Module", "object", "ABC", "Generic", "Protocol"})


_STEPS = re.compile(r"step|optim|update|zero|before|after|hook|callback")
"""Words of methods that may step or clear, where a class without bases does not have them."""
