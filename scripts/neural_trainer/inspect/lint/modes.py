"""Whose mode a call of train() or eval() may set: of a model, of a part of it, of another."""

from __future__ import annotations

import ast
import re

from neural_trainer.inspect.lint.callers import is_dropped
from neural_trainer.inspect.lint.course import Action
from neural_trainer.inspect.lint.deeds import sets_mode
from neural_trainer.inspect.lint.scope import Scope
from neural_trainer.inspect.lint.source import Source

BY_MODE = re.compile(
    r"[dD]rop|BatchNorm|InstanceNorm|Transformer|MultiheadAttention|\.training\b|from_pretrained"
    r"|torchvision|timm|hub\.load|torch_geometric|RReLU"
)
"""What gives something else in train mode than in eval mode."""


def may_set_mode_of(source: Source, action: Action, model: str) -> bool:
    """Tell whether a call may set the mode of `model`: not one of another model in sight."""
    other = action.receiver
    apart = other and other != model and not model.startswith(f"{other}.")
    built = source.assignments.get(other, []) if apart else []
    names = {source.key(node, item.scope) for item in built for node in _named(item.value)}
    return not built or model in names


def may_be_passed_by(source: Source, restored: Action, put: Action) -> bool:
    """Tell whether a train() in the function of an eval() need not run after it.

    It runs only where one score is better than another, or such a score has the function return.
    """
    scope = put.event.scope
    line, until = put.call.node.lineno, restored.call.node.lineno
    if restored.event.scope is not scope or restored.via != put.via or until <= line:
        return False
    around, own = put.event.place.branches, restored.event.place.branches
    for node, _ in own[len(around) :] if own[: len(around)] == around else ():
        if isinstance(node, ast.If) and node.lineno > line and _compares_scores(node.test):
            return not node.orelse
    return any(
        _goes_on(source, item, put)
        for node in ast.walk(scope.node)
        if isinstance(node, ast.If) and line < node.lineno < until and _compares_scores(node.test)
        for item in node.body
        if isinstance(item, ast.Return) and item.lineno < until
    )


def _compares_scores(test: ast.expr) -> bool:
    """Tell whether a condition holds one score against another, and asks for nothing else."""
    ordered = isinstance(test, ast.Compare) and isinstance(test.ops[0], _ORDERS)
    names = [n for n in ast.walk(test) if isinstance(n, (ast.Name, ast.Attribute))]
    sides = {ast.unparse(n) for n in names} - {"self"}
    return ordered and len(sides) >= 2 and not _COUNTS.search(ast.unparse(test))


_ORDERS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_COUNTS = re.compile(r"train|epoch|step|iter|%|len\(|rank|patience|\bmode|bad|wait", re.IGNORECASE)


def _goes_on(source: Source, item: ast.Return, put: Action) -> bool:
    """Tell whether training goes on after a return: what it says is no plain word to stop."""
    called = put.via[-1] if put.via else None
    told = item.value is not None and not isinstance(item.value, ast.Constant)
    return called is not None and (told or is_dropped(source, called))


def takes_out_of_training(
    source: Source, actions: list[Action], model: str, cls: Scope | None
) -> list[bool | None]:
    """Return for each action the mode in which it leaves the whole of `model`, None: as it is.

    eval() of some parts leaves the model in train mode while others in sight are by mode.
    """
    parts = {a.receiver for a in actions if a.receiver.startswith(f"{model}.")}
    whole = cls is None or not _others_by_mode(source, cls, {p[len(model) + 1 :] for p in parts})
    own = {a.receiver for a in actions if sets_mode(a) is True and a.receiver}
    return [
        None if a.receiver in parts and not whole else sets_mode(a)
        for a in actions
        if not a.is_call
        or sets_mode(a) is None
        or not (_is_of_another(source, a, model) or _is_beside(a.receiver, model, own))
    ]


def _is_beside(other: str, model: str, own: set[str]) -> bool:
    """Tell whether two models are trained side by side, each with a train() of its own."""
    apart = other != model and not model.startswith(f"{other}.")
    return apart and not other.startswith(f"{model}.") and {other, model} <= own


def _others_by_mode(source: Source, cls: Scope, parts: set[str]) -> bool:
    """Tell whether a model has parts that give something else by mode, other than `parts`."""
    made = cls.inner.get("__init__")
    for event in made.events if made is not None and parts else ():
        target = getattr(event, "target", None)
        name = target.attr if isinstance(target, ast.Attribute) else ""
        if name and name not in parts and BY_MODE.search(ast.unparse(event.value)):  # type: ignore[union-attr]
            return True
    return False


def _is_of_another(source: Source, action: Action, model: str) -> bool:
    """Tell whether a mode is set of a model that was built apart from `model`, both in sight."""
    other = action.receiver
    if not other or other == model or model.startswith(other) or other.startswith(model):
        return False
    mine, theirs = source.assignments.get(model, ()), source.assignments.get(other, ())
    built = all(isinstance(item.value, ast.Call) and item.how == "=" for item in (*mine, *theirs))
    named = {
        source.key(node, item.scope) for item in (*mine, *theirs) for node in _named(item.value)
    }
    return bool(mine) and bool(theirs) and built and not named & {model, other}


def _named(expr: ast.expr) -> list[ast.expr]:
    return [node for node in ast.walk(expr) if isinstance(node, (ast.Name, ast.Attribute))]
