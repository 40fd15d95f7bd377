"""The training loops of a file: where gradients are computed and an optimizer steps, in sight."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from neural_trainer.inspect.lint.course import Action, course, within
from neural_trainer.inspect.lint.roles import ENGINE, OPTIMIZER, SCALER, SCHEDULER, role
from neural_trainer.inspect.lint.scope import Assignment, Call, Loop, Scope
from neural_trainer.inspect.lint.source import Source, shown

# What these do with an optimizer is known: they clear no gradients.
_KNOWN = frozenset({
    "step", "unscale_", "scale", "update", "clip_grad_norm_", "clip_grad_value_", "print",
    "len", "append", "isinstance", "state_dict", "load_state_dict", "get_scheduler",
    "enumerate", "zip", "save", "dict", "float", "str",
})  # fmt: skip


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

    def optimizer(self, source: Source, step: Action) -> str:
        """Return the key of the optimizer that `step` steps."""
        if role(source, step.call.receiver, step.call.scope) == SCALER:
            return step.key(source, step.call.argument(0))
        return step.receiver

    def built_inside(self, key: str) -> bool:
        """Tell whether what `key` names is set anew within the loop."""
        base = key.split("[")[0]
        return any(not a.is_call and a.receiver == base and a.word == "=" for a in self.actions)

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
            if _is_foreign_method(source, call):
                return action
        return None

    @property
    def ends_at_once(self) -> bool:
        """Tell whether the loop runs a single time: it ends in `break` or `return`."""
        return isinstance(self.loop.body[-1], (ast.Break, ast.Return, ast.Raise))


def training_loops(source: Source) -> list[TrainingLoop]:
    """Return the training loops of a file, each once."""
    if "training_loops" not in source.kept:
        source.kept["training_loops"] = list(_find(source))
    found: list[TrainingLoop] = source.kept["training_loops"]
    return found


def is_backward(action: Action) -> bool:
    """Tell whether an action computes gradients."""
    return action.is_call and action.word in ("backward", "manual_backward")


def is_step(source: Source, action: Action) -> bool:
    """Tell whether an action is the step of an optimizer, its own or through a GradScaler."""
    if not action.is_call or action.word != "step":
        return False
    receiver, scope = action.call.receiver, action.call.scope
    if receiver is None:
        values = source.values(action.call.node.func, scope)
        receiver = (
            values[0][0].value if values and isinstance(values[0][0], ast.Attribute) else None
        )
    part = role(source, receiver, scope)
    return part == OPTIMIZER or (part == SCALER and bool(action.call.node.args))


def is_scheduler_step(source: Source, action: Action) -> bool:
    """Tell whether an action is the step of a scheduler of the learning rate."""
    if not action.is_call or action.word not in ("step", "step_update"):
        return False
    return role(source, action.call.receiver, action.call.scope) == SCHEDULER


def clears_gradients(action: Action) -> bool:
    """Tell whether an action clears gradients, by whatever spelling."""
    word = action.word.lower()
    if action.is_call:
        if "zero" in word and ("grad" in word or word in ("zero_", "zero")):
            return word != "zero_" or ".grad" in ast.unparse(action.call.node.func)
        return "grad" in word and ("clear" in word or "reset" in word)
    assert isinstance(action.event, Assignment)
    target = action.event.target
    return isinstance(target, ast.Attribute) and target.attr == "grad"


def _find(source: Source) -> Iterator[TrainingLoop]:
    if "backward" not in source.calls and "manual_backward" not in source.calls:
        return
    for scope in source.scopes:
        loops = {loop for event in scope.events for loop in event.place.loops}
        if not loops or scope.is_class:
            continue
        actions = course(source, scope)
        for loop in sorted(loops, key=lambda each: each.lineno):
            inside = within(actions, loop)
            backwards = [a for a in inside if is_backward(a)]
            steps = [a for a in inside if is_step(source, a)]
            if not backwards or not steps or _holds_inner(loop, backwards, steps):
                continue
            if any(role(source, a.call.receiver, a.call.scope) == ENGINE for a in steps):
                continue
            zeros = [a for a in inside if clears_gradients(a)]
            yield TrainingLoop(loop, scope, inside, backwards, steps, zeros)


def _holds_inner(loop: Loop, backwards: list[Action], steps: list[Action]) -> bool:
    """Tell whether a loop further in holds a backward pass and a step as well."""

    def inner(action: Action) -> set[Loop]:
        loops = action.place.loops
        return set(loops[loops.index(loop) + 1 :])

    first = set().union(*map(inner, backwards))
    return bool(first & set().union(*map(inner, steps)))


def _is_foreign_method(source: Source, call: Call) -> bool:
    """Tell whether a call is of a method of self that another file defines."""
    key = source.key(call.node.func, call.scope)
    number, _, name = key.partition(":")
    if not name.startswith("self.") or "." in name.removeprefix("self.") or "(" in name:
        return False
    cls = source.scopes[int(number)]
    if not cls.is_class or key in source.assignments or source.method(cls, call.word):
        return False
    bases = {name.rpartition(".")[2] for name in source.base_names(cls)}
    return bool(bases - {"Module", "object", "ABC", "Generic", "Protocol"})


def name_of(key: str) -> str:
    """Return what to call an object in a sentence."""
    return shown(key) or "the optimizer"
