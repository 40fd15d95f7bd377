"""A module works in the training loop, and no optimizer holds its parameters.

Look: a training loop that runs two or more modules which this file builds, and
an optimizer that is given the parameters of some of them only.

Reason: the others get gradients and never move; what they get is never cleared
either, so it adds up.

Fix: optimizer = SGD([*encoder.parameters(), *head.parameters()]); or freeze the
rest by requires_grad_(False) and say so.

Not reported: a module that is frozen, in eval mode or under no_grad; teachers,
averages and targets; layers without parameters; optimizers that are given
anything out of sight.

Sources: Humbatova et al. 2020, arXiv 1910.11015; PyTorch documentation,
torch.optim (constructing it).
"""

from __future__ import annotations

import ast
import re

from neural_trainer.inspect.lint.course import Action, course_of
from neural_trainer.inspect.lint.deeds import gradients_on, name_of, sets_mode
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.optimizer_builds import builds
from neural_trainer.inspect.lint.roles import is_module_class
from neural_trainer.inspect.lint.source import Source, shown
from neural_trainer.inspect.lint.training_loops import TrainingLoop, training_loops

ID = "parameters-not-in-optimizer"
CAUSE = "parameters-not-in-optimizer"
_FIXED = re.compile(
    r"teacher|target|ema|frozen|pretrain|vgg|lpips|clip|fixed|ref(?:erence)?_", re.I
)
_WITH = re.compile(
    r"torch\.nn\.(?:Linear|Conv\w+|Embedding\w*|LSTM|GRU|RNN|Transformer\w*|Parameter)$"
)


def find(source: Source) -> list[Spot]:
    """Return the build of each optimizer that leaves out a module of its loop."""
    loops = training_loops(source)
    if not loops or "parameters" not in source.text:
        return []
    found = list(builds(source))
    whole = " ".join(ast.unparse(b.action.event.node) for b in found)
    spots: dict[int, Spot] = {}
    for loop in loops:
        keys = {loop.optimizer(source, step) for step in loop.steps}
        mine = [b for b in found if b.optimizer in keys]
        if not mine or len({b.line for b in mine}) != 1 or "add_param_group" in source.text:
            continue
        held = {b.model for b in mine}
        for action in loop.actions:
            key = action.called if action.is_call else ""
            if not key or key in held or _said(key, whole) or not held & _run(loop):
                continue
            if (
                gradients_on(action) is True
                and _learns(source, key)
                and not _frozen(source, key, loop)
            ):
                saw = (
                    f"{shown(key)} runs on line {action.event.node.lineno} and is not among what "
                    f"{name_of(mine[0].optimizer)} is given: {_names(held)}"
                )
                spots[id(mine[0].action.event.node)] = Spot(mine[0].action.event.node, saw)
    return list(spots.values())


def _run(loop: TrainingLoop) -> set[str]:
    return {a.called for a in loop.actions if a.is_call and a.called}


def _names(held: set[str]) -> str:
    return ", ".join(sorted(map(shown, held)))


def _said(key: str, whole: str) -> bool:
    return re.search(rf"\b{re.escape(shown(key))}\b", whole) is not None


def _learns(source: Source, key: str) -> bool:
    """Tell whether a key names a module with parameters that this file builds."""
    given = source.assignments.get(key, [])
    if len(given) != 1 or _FIXED.search(key):
        return False
    value, scope = given[0].value, given[0].scope
    for node in ast.walk(value):
        if isinstance(node, ast.Call):
            if _WITH.match(source.name(node.func, scope)):
                return True
            cls = source.defined(node.func, scope)
            if cls is not None and cls.is_class and is_module_class(source, cls):
                parts = [n for n in ast.walk(cls.node) if isinstance(n, ast.Call)]
                return any(_WITH.match(source.name(part.func, cls)) for part in parts)
    return False


def _frozen(source: Source, key: str, loop: TrainingLoop) -> bool:
    """Tell whether a module is switched off anywhere in the course that trains."""
    for scope in source.scopes:
        if scope.is_class or not scope.events:
            continue
        for action in course_of(source, scope):
            if _switches_off(action, key):
                return True
    return False


def _switches_off(action: Action, key: str) -> bool:
    if action.is_call:
        off = action.word in ("requires_grad_", "load_state_dict", "load_checkpoint")
        return action.receiver == key and (off or sets_mode(action) is False)
    loops = action.event.place.loops
    over = ast.unparse(loops[-1].iter) if loops and hasattr(loops[-1], "iter") else ""
    frozen = getattr(getattr(action.event, "target", None), "attr", "") == "requires_grad"
    return frozen and shown(key) in over
