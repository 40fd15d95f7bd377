"""An optimizer is built before its model moves to another device.

Look: optimizer = SGD(model.parameters()), and later in the same course of code
model.to(device), model.cuda() or the like, with no move before; or the one in
__init__ and the other in a method, before it trains. It stands at the optimizer.

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

from neural_trainer.inspect.lint.course import Action
from neural_trainer.inspect.lint.deeds import is_backward, name_of
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.optimizer_builds import builds
from neural_trainer.inspect.lint.source import Source

ID = "optimizer-before-move"
CAUSE = "parameters-not-in-optimizer"
_MOVES = frozenset({"to", "cuda", "xpu", "mps", "to_empty"})
_TYPE = re.compile(r"dtype|float|half|int|double|^(?:True|False)$")


def find(source: Source) -> list[Spot]:
    """Return each optimizer that is built from a model which moves afterwards."""
    if not source.called(*_MOVES):
        return []
    spots: dict[int, Spot] = {}
    for build in builds(source):
        if any(_moves(source, action, build.model) for action in build.before):
            continue
        trains = any(is_backward(action) for action in build.after)
        for action in build.after:
            if is_backward(action) or (action.root is not build.action.root and not trains):
                break
            if len(action.place.loops) <= len(build.action.place.loops) and _moves(
                source, action, build.model
            ):
                node = build.action.event.node
                saw = (
                    f"{name_of(build.optimizer)} is built from the parameters of "
                    f"{name_of(build.model)}, which moves on line {action.call.node.lineno}"
                )
                spots.setdefault(id(node), Spot(node, saw))
                break
    return list(spots.values())


def _moves(source: Source, action: Action, model: str) -> bool:
    """Tell whether an action moves a model to another device, other than the CPU."""
    if not action.is_call or action.word not in _MOVES or not action.receiver:
        return False
    if model != action.receiver and not model.startswith(f"{action.receiver}."):
        return False  # a model moves with its parts
    if action.word != "to":
        return True
    given = [*action.call.node.args, *(k.value for k in action.call.node.keywords)]
    words = [ast.unparse(value) for value in given]
    devices = [word for word in words if not _TYPE.search(word)]
    return bool(devices) and not any("cpu" in word for word in devices)
