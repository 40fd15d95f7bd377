"""Programs that train: files whose run, from the top or from main, builds all and trains."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from neural_trainer.inspect.lint.course import Action, course_of
from neural_trainer.inspect.lint.deeds import is_backward, is_step
from neural_trainer.inspect.lint.optimizer_builds import optimizer_calls
from neural_trainer.inspect.lint.scope import Call, Scope
from neural_trainer.inspect.lint.source import Source

_STARTS = ("main", "run", "train", "cli", "main_worker")


class Program(NamedTuple):
    """A course that builds an optimizer and trains: all it does, and the first backward pass."""

    scope: Scope
    actions: list[Action]
    backward: Action


def fits_of_lightning(source: Source) -> Iterator[Call]:
    """Yield each fit of a Lightning Trainer in what this file does when it is started.

    Of a module that this file defines.
    """
    if not any(scope.name == "training_step" for scope in source.scopes):
        return
    for call in source.called("fit"):
        scope = call.scope
        starts = scope is source.module or (scope.parent is source.module and scope.name in _STARTS)
        if not starts or call.receiver is None:
            continue
        values = [(call.receiver, scope)]
        if not isinstance(call.receiver, ast.Call):
            values = [(v, at) for v, at, i in source.values(call.receiver, scope) if i is None]
        names = [source.name(v.func, at) for v, at in values if isinstance(v, ast.Call)]
        if names and all(re.match(r"(?:pytorch_)?lightning\b.*\.Trainer$", n) for n in names):
            yield call


def programs(source: Source) -> Iterator[Program]:
    """Yield what this file does when it is started, where that trains a model of its own."""
    if not source.called("backward"):
        return
    built = {id(call.node) for call in optimizer_calls(source)}
    for scope in source.scopes:
        starts = scope is source.module or (scope.parent is source.module and scope.name in _STARTS)
        if scope.is_class or not starts or source.callers.get(scope.number):
            continue
        actions = course_of(source, scope)
        backward = next((a for a in actions if is_backward(a) and a.place.loops), None)
        builds = any(a.is_call and id(a.event.node) in built for a in actions)
        if backward is not None and builds and any(is_step(source, a) for a in actions):
            yield Program(scope, actions, backward)
            return
