"""An optimizer is built before its model moves to another device.

Look: optimizer = SGD(model.parameters()), and later in the same course of code
model.to(device), model.cuda() or the like, with no move before; or the one in
__init__ and the other in a method, before it trains.

Reason: an optimizer holds the parameters it was given. A move that makes new
tensors (XLA, sharded parameters, a module with a move of its own) leaves it
with the old ones, and state it has made by then stays where it was.

Fix: move the model, then build the optimizer.

Not reported: a move back to the CPU, to save the model; a move in a loop; a
model that had been moved before; a change of the type alone; an optimizer
built anew afterwards.

Sources: PyTorch documentation, torch.optim (if you need to move a model to GPU
via .cuda(), do so before constructing optimizers for it).
"""

from __future__ import annotations

import ast
import re

from neural_trainer.inspect.lint.course import Action, course_of, courses
from neural_trainer.inspect.lint.deeds import is_backward, name_of
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.optimizer_builds import builds, models_of
from neural_trainer.inspect.lint.roles import OPTIMIZER, role
from neural_trainer.inspect.lint.source import Source

ID = "optimizer-before-move"
CAUSE = "parameters-not-in-optimizer"
_MOVES = frozenset({"to", "cuda", "xpu", "mps", "to_empty"})
_TYPE = re.compile(r"dtype|float|half|int|double|^(?:True|False)$")


def find(source: Source) -> list[Spot]:
    """Return each move of a model that comes after its optimizer was built."""
    if not source.called(*_MOVES):
        return []
    spots = []
    for build in builds(source):
        if any(_moves(source, action, build.model) for action in build.before):
            continue
        for action in build.after:
            inner = len(action.place.loops) > len(build.action.place.loops)
            if not inner and _moves(source, action, build.model):
                saw = (
                    f"{name_of(build.model)} moves after {name_of(build.optimizer)} was built from "
                    f"its parameters on line {build.line}"
                )
                spots.append(Spot(action.call.node, saw))
                break
    return spots + _in_another_method(source)


def _in_another_method(source: Source) -> list[Spot]:
    """Return each move before training, in a method, of what __init__ built an optimizer from."""
    built: dict[str, tuple[str, int]] = {}
    for cls in source.scopes:
        made = cls.inner.get("__init__") if cls.is_class else None
        if made is None or not source.reaches(made, ("parameters",)):
            continue
        actions = course_of(source, made)
        for key, given in source.assignments.items():
            if not key.startswith(f"{cls.number}:self.") or len(given) != 1:
                continue
            if given[0].scope is made and role(source, given[0].value, made) == OPTIMIZER:
                for model in models_of(source, key):
                    if not any(_moves(source, action, model) for action in actions):
                        built[model] = (key, given[0].node.lineno)
    spots = []
    for actions in courses(source, *_MOVES) if built else ():
        trains = next((n for n, action in enumerate(actions) if is_backward(action)), 0)
        for action in actions[:trains]:
            if action.receiver in built and _moves(source, action, action.receiver):
                optimizer, line = built[action.receiver]
                if action.event.scope.name != "__init__":
                    saw = (
                        f"{name_of(action.receiver)} moves here, and {name_of(optimizer)} was "
                        f"built from its parameters on line {line}, in __init__"
                    )
                    spots.append(Spot(action.call.node, saw))
    return spots


def _moves(source: Source, action: Action, model: str) -> bool:
    """Tell whether an action moves a model to another device, other than the CPU."""
    if not action.is_call or action.word not in _MOVES or action.receiver != model:
        return False
    if action.word != "to":
        return True
    given = [*action.call.node.args, *(k.value for k in action.call.node.keywords)]
    words = [ast.unparse(value) for value in given]
    devices = [word for word in words if not _TYPE.search(word)]
    return bool(devices) and not any("cpu" in word for word in devices)
