"""A training loop tells nobody anything: no loss is printed, logged or kept.

Look: a training loop in which no call or name is of printing, logging, writing,
collecting or reporting, and of which nothing is returned.

Reason: whether the loss falls, when it jumped and what the rate was cannot be
known, not even afterwards.

Fix: Monitor of this package, a SummaryWriter, or a line of JSON every N steps.

Not reported: loops that keep or return the loss, call anything out of sight
with it, or have a progress bar with numbers; those of a test, whose assertions
tell what came of them.

Sources: Godbole et al. 2023, Deep Learning Tuning Playbook (training curves);
Karpathy 2019, A Recipe for Training Neural Networks.
"""

from __future__ import annotations

import ast
import re

from neural_trainer.inspect.lint.course import Action, course_of
from neural_trainer.inspect.lint.deeds import is_backward, loss_of, terms_of
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.roles import role
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.training_loops import TrainingLoop, training_loops

ID = "logging-missing"
CAUSE = ""
_TELLS = re.compile(
    r"print|logg|(?:^|\.)(?:log|info|debug|put)(?:$|_metric|_dict|_\w*loss)|wandb|writ|track|record|report"
    r"|metric|hist|monitor|(?<!para)meter|callback|hook|add_scalar|postfix|emit|display|plot|tell|notif|fire"
    r"|dispatch|yield|echo|trainer|_log\b|\blog_(?!prob|softmax|sigmoid)|summary|stats",
    re.IGNORECASE,
)
_KEPT = re.compile(r"total|running|hist|meter|avg|losses|metric|correct|best|record|mean_", re.I)
"""What a number is called that is kept."""


def find(source: Source) -> list[Spot]:
    """Return each training loop that tells nothing."""
    return [
        Spot(
            loop.backwards[0].place.loops[0],
            "losses are computed here, and nothing prints, logs or keeps them",
        )
        for loop in training_loops(source)
        if not loop.engine and not loop.scope.name.startswith("test_") and _silent(source, loop)
    ]


def _silent(source: Source, loop: TrainingLoop) -> bool:
    losses = {a.key(source, loss_of(a)) for a in loop.backwards} - {""}
    for action in loop.actions:  # scaled = scaler.scale(loss)
        value = getattr(action.event, "value", None)
        if action.receiver in losses and isinstance(value, ast.BinOp):  # of terms told apart
            losses = losses | ({action.key(source, term) for term in terms_of(value)} - {""})
        scaled = isinstance(value, ast.Call) and getattr(value.func, "attr", "") == "scale"
        if scaled and not action.is_call and action.receiver in losses:
            assert isinstance(value, ast.Call)
            losses = losses | ({action.key(source, each) for each in value.args} - {""})
    outer = loop.backwards[0].place.loops[0]
    stored = set(_stored(outer))
    if loop.ends_at_once or any(_KEPT.search(name) for name in stored):
        return False
    if any(_names(item.value) & stored for item in loop.scope.returns):
        return False
    course = course_of(source, loop.scope)
    inside = [a for a in course if outer in a.place.loops]
    outside = [a for a in course if outer not in a.place.loops and a.is_call]
    if any(_reads(source, a, losses) for a in outside):  # the last loss, once the loop is done
        return False
    begun = {a.receiver for a in inside if not a.is_call and a.word == "="}
    return not any(_tells(source, a, losses, begun) for a in inside)


def _tells(source: Source, action: Action, losses: set[str], begun: set[str]) -> bool:
    """Tell whether an action may keep a loss or show it to somebody."""
    if not action.is_call:
        event = action.event
        counts = isinstance(getattr(event, "value", None), ast.Constant)
        if action.word in ("for", "with") or counts:
            return False
        return action.word != "=" or _is_part(event)
    call = action.call
    if action.word in ("append", "extend", "update", "add"):
        kept = action.receiver not in begun and bool(call.node.args) and not action.laid_in
        return kept and role(source, call.receiver, call.scope) == ""
    name = ast.unparse(call.node.func)
    if _TELLS.search(name) and not is_backward(action):
        return True
    if source.called_name(call).startswith("torch.") or source.callee(call) is not None:
        text = ast.unparse(call.node)
        return action.word == "save" and "loss" in text
    given = [*call.node.args, *(k.value for k in call.node.keywords)]
    out_of_sight = not is_backward(action) and role(source, call.receiver, call.scope) == ""
    return out_of_sight and any(action.key(source, value) in losses for value in given)


def _reads(source: Source, action: Action, losses: set[str]) -> bool:
    """Tell whether a call is of, or is given, one of `losses`."""
    parts = (n for n in ast.walk(action.call.node) if isinstance(n, (ast.Name, ast.Attribute)))
    return any(action.key(source, part) in losses for part in parts)


def _names(expr: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(expr) if isinstance(node, ast.Name)}


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
