"""The evaluation loops of a file: a model runs over held-out batches, and nothing goes backward."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from neural_trainer.inspect.lint.course import Action, course_of, within
from neural_trainer.inspect.lint.deeds import is_backward, is_step
from neural_trainer.inspect.lint.roles import MODEL, role
from neural_trainer.inspect.lint.scope import Call, Loop, Scope
from neural_trainer.inspect.lint.source import Source

_HELD_OUT = re.compile(
    r"(?:^|[^a-z])(?:val|valid|validation|test|testing|eval|dev|holdout|held_?out)(?![a-z])"
    r"|(?:val|valid|test|eval|dev)_?(?:loader|dl|dataloader|data|iter|batches|set)",
    re.IGNORECASE,
)
_NAMED_SO = re.compile(
    r"(?:^|_)(?:eval|evaluate|evaluation|val|valid|validate|validation|test|accuracy)(?:_|$)"
)


class EvaluationLoop(NamedTuple):
    """A loop over held-out batches. before: what its course does before; model: the key."""

    loop: Loop
    scope: Scope
    forward: Action
    model: str
    before: list[Action]
    course: list[Action]

    @property
    def trains(self) -> bool:
        """Tell whether the course that holds it trains the model as well."""
        innermost = {a.place.loops[-1:] for a in self.course if is_backward(a)}
        return any(
            a.is_call and a.place.loops[-1:] in innermost and self.model == a.called
            for a in self.course
        )


def evaluation_loops(source: Source) -> Iterator[EvaluationLoop]:
    """Yield each evaluation loop, once for every course that no other code of the file runs."""
    for scope in source.scopes:
        if scope.is_class or not source.reaches(scope, ("eval", "backward", "manual_backward")):
            continue
        if source.callers.get(scope.number):
            continue
        actions = course_of(source, scope)
        loops: dict[Loop, int] = {}
        for position, action in enumerate(actions):
            for loop in action.place.loops:
                loops.setdefault(loop, position)
        for loop, first in loops.items():
            found = _forward(source, loop, actions)
            if found is not None:
                owner = found.event.scope
                yield EvaluationLoop(
                    loop, owner, found, _model(source, found), actions[:first], actions
                )


def _forward(source: Source, loop: Loop, actions: list[Action]) -> Action | None:
    """Return the call of the model in a loop over held-out batches, None for another loop."""
    inside = within(actions, loop)
    if isinstance(loop, ast.While) or any(is_backward(a) or is_step(source, a) for a in inside):
        return None
    if any("grad" in a.word and a.word not in _GRAD_MODES for a in inside if a.is_call):
        return None
    for action in inside:
        if action.is_call and action.place.loops[-1] is loop and _is_forward(source, action.call):
            scope = action.event.scope
            named = _NAMED_SO.search(scope.name) and not scope.name.startswith("test_")
            if _HELD_OUT.search(ast.unparse(loop.iter)) or named:
                return action
    return None


_GRAD_MODES = frozenset({"no_grad", "set_grad_enabled", "enable_grad"})


def _is_forward(source: Source, call: Call) -> bool:
    """Tell whether a call runs a model on something: model(x), self.model(x)."""
    func = call.node.func
    if not call.node.args and not call.node.keywords:
        return False
    if isinstance(func, ast.Attribute) and func.attr == "forward":
        return role(source, func.value, call.scope) == MODEL
    if not isinstance(func, (ast.Name, ast.Attribute)) or source.name(func, call.scope):
        return False
    if source.defined(func, call.scope) is not None:
        return False
    return role(source, func, call.scope) == MODEL


def _model(source: Source, forward: Action) -> str:
    func = forward.call.node.func
    if isinstance(func, ast.Attribute) and func.attr == "forward":
        return forward.key(source, func.value)
    return forward.key(source, func)


def out_of_sight(source: Source, actions: list[Action], model: str) -> bool:
    """Tell whether a course hands a model to code of another file, which may set its mode."""
    for action in actions:
        if not action.is_call or source.callee(action.call) is not None:
            continue
        name = source.called_name(action.call)
        if name.startswith("torch.") or action.word in _HARMLESS or not name:
            continue
        given = [*action.call.node.args, *(k.value for k in action.call.node.keywords)]
        if any(action.key(source, value) == model for value in given):
            return True
    return False


_HARMLESS = frozenset({
    "print", "len", "isinstance", "DataParallel", "DistributedDataParallel", "summary", "deepcopy",
    "id", "type", "getattr", "hasattr", "super",
})  # fmt: skip
