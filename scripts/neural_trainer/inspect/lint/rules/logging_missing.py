"""A training loop tells nobody anything: no loss is printed, logged or kept.

Look: a training loop in a program, or in a function that returns nothing, in
which no call or name is of printing, logging, writing, collecting or reporting.

Reason: whether the loss falls, when it jumped and what the rate was cannot be
known, not even afterwards.

Fix: Monitor of this package, a SummaryWriter, or a line of JSON every N steps.

Not reported: loops that keep or return the loss, call anything out of sight
with it, or have a progress bar with numbers.

Sources: Godbole et al. 2023, Deep Learning Tuning Playbook (training curves);
Karpathy 2019, A Recipe for Training Neural Networks.
"""

from __future__ import annotations

import ast
import re

from neural_trainer.inspect.lint.course import course_of
from neural_trainer.inspect.lint.deeds import is_backward, loss_of
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.training_loops import TrainingLoop, training_loops

ID = "logging-missing"
CAUSE = ""
_TELLS = re.compile(
    r"print|log|writ|track|record|report|metric|hist|append|wandb|monitor|meter|callback|hook"
    r"|add_scalar|postfix|emit|display|show|update_|send|put|plot|save|store|stat|item|total|running"
    r"|yield|info|debug|echo",
    re.IGNORECASE,
)


def find(source: Source) -> list[Spot]:
    """Return each training loop that tells nothing."""
    return [
        Spot(
            loop.backwards[0].place.loops[0],
            "losses are computed here, and nothing prints, logs or keeps them",
        )
        for loop in training_loops(source)
        if _silent(source, loop)
    ]


def _silent(source: Source, loop: TrainingLoop) -> bool:
    if loop.scope.returns or loop.ends_at_once or source.method_of(loop.scope) is not None:
        return False
    losses = {a.key(source, loss_of(a)) for a in loop.backwards}
    outer = loop.backwards[0].place.loops[0]
    around = course_of(source, loop.scope)
    for action in around:
        if not action.is_call:
            if action.word not in ("=", "for", "with") or (
                action.word == "=" and _is_part(action.event)
            ):
                return False
            continue
        call = action.call
        name = f"{ast.unparse(call.node.func)}"
        if _TELLS.search(name) and not is_backward(action):
            return False
        inside = outer in action.place.loops
        known = source.called_name(call).startswith("torch.") or source.callee(call) is not None
        given = [*call.node.args, *(k.value for k in call.node.keywords)]
        if (
            inside
            and not known
            and any(action.key(source, value) in losses - {""} for value in given)
        ):
            return False
    return not any(_TELLS.search(name) for name in _stored(outer))


def _is_part(event: object) -> bool:
    """Tell whether an assignment is to an item or an attribute, where a number may be kept."""
    target = getattr(event, "target", None)
    kept = isinstance(target, (ast.Subscript, ast.Attribute))
    return kept and getattr(target, "attr", "") not in ("grad", "requires_grad")


def _stored(loop: ast.AST) -> list[str]:
    return [
        node.id
        for node in ast.walk(loop)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    ]
