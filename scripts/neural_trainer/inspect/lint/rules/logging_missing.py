"""A training loop tells nobody anything: no loss is printed, logged or kept.

Look: a training loop in which no call or name is of printing, logging, writing,
collecting or reporting, and of which nothing is returned; a sum or a list that
nobody looks at, a bar of steps and a memory that batches are drawn from tell nothing.

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

from neural_trainer.inspect.lint.callers import is_dropped
from neural_trainer.inspect.lint.course import DEEPEST, Action, course_of
from neural_trainer.inspect.lint.deeds import is_backward, loss_of, terms_of
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.roles import MODEL, role
from neural_trainer.inspect.lint.scope import Loop, Scope
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
    loops: dict[Loop, None] = {}
    for loop in training_loops(source):
        if not loop.engine and not loop.scope.name.startswith("test_"):
            scope, outer = _outermost(source, loop)
            if _silent(source, loop, scope, outer):
                loops[outer] = None
    saw = "losses are computed here, and nothing prints, logs or keeps them"
    return [Spot(loop, saw) for loop in loops]


def _outermost(source: Source, loop: TrainingLoop) -> tuple[Scope, Loop]:
    """Return the outermost loop around the backward pass, and the function that it stands in.

    Out of a function of which what it returns is dropped by the one call of it.
    """
    scope, outer = loop.scope, loop.backwards[0].place.loops[0]
    for _ in range(DEEPEST):
        calls = source.callers.get(scope.number, [])
        if len(calls) != 1 or not is_dropped(source, calls[0]) or calls[0].scope is scope:
            break
        within = [
            a for a in course_of(source, calls[0].scope) if a.event is loop.backwards[0].event
        ]
        if not within or not within[0].place.loops:
            break
        scope, outer = calls[0].scope, within[0].place.loops[0]
    return scope, outer


def _silent(source: Source, loop: TrainingLoop, scope: Scope, outer: Loop) -> bool:
    losses = {a.key(source, loss_of(a)) for a in loop.backwards} - {""}
    for action in loop.actions:  # scaled = scaler.scale(loss)
        value = getattr(action.event, "value", None)
        if action.receiver in losses and isinstance(value, ast.BinOp):  # of terms told apart
            losses = losses | ({action.key(source, term) for term in terms_of(value)} - {""})
        scaled = isinstance(value, ast.Call) and getattr(value.func, "attr", "") == "scale"
        if scaled and not action.is_call and action.receiver in losses:
            assert isinstance(value, ast.Call)
            losses = losses | ({action.key(source, each) for each in value.args} - {""})
    if loop.ends_at_once:
        return False
    first = loop.backwards[0].place.loops[0]
    places = {scope: (set(_stored(outer)), False)}
    if scope is not loop.scope:
        places[loop.scope] = (set(_stored(first)), True)
    for where, (stored, dropped) in places.items():
        named = {name for name in stored if _KEPT.search(name)}
        if any(_is_looked_at(where, name, dropped) for name in named):
            return False
        if not dropped and any(_names(item.value) & stored for item in where.returns):
            return False
    course = course_of(source, scope)
    inside = [a for a in course if outer in a.place.loops]
    outside = [a for a in course if outer not in a.place.loops and a.is_call]
    if any(_reads(source, a, losses) for a in outside):  # the last loss, once the loop is done
        return False
    drawn = {a.key(source, each) for a in inside if _draws(a) for each in a.call.node.args}
    begun = drawn | {a.receiver for a in inside if not a.is_call and a.word == "="}
    return not any(_tells(source, a, losses, begun) for a in inside)


def _tells(source: Source, action: Action, losses: set[str], begun: set[str]) -> bool:
    """Tell whether an action may keep a loss or show it to somebody."""
    if not action.is_call:
        event = action.event
        counts = isinstance(getattr(event, "value", None), ast.Constant)
        if action.word in ("for", "with") or counts:
            return False
        sized = _ROWS.fullmatch(ast.unparse(getattr(event, "value", None) or ast.Pass()))
        unseen = _is_unseen(source, action, getattr(event, "target", None))
        return (action.word != "=" and not sized and not unseen) or _is_part(event)
    call = action.call
    if action.word in ("append", "extend", "update", "add"):
        if all(_says_nothing(source, a, call.scope) for a in call.node.args):
            return bool(call.node.keywords)
        if _is_unseen(source, action, call.receiver):
            return False
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


def _draws(action: Action) -> bool:
    """Tell whether a batch is drawn out of what was kept: random.sample(self.memory, n)."""
    return action.is_call and action.word in ("sample", "choices", "choice")


def _says_nothing(source: Source, value: ast.expr, scope: Scope) -> bool:
    """Tell whether a value tells nothing of a loss: a number of steps or of rows, a model."""
    if isinstance(value, ast.Constant) or _ROWS.fullmatch(ast.unparse(value)):
        return True
    return role(source, value, scope) == MODEL


_ROWS = re.compile(r"len\(.*\)|[\w.]+\.(?:size\(0\)|shape\[0\]|numel\(\))")


def _is_unseen(source: Source, action: Action, target: ast.expr | None) -> bool:
    """Tell whether a name of a function here is added to, and nobody looks at what comes of it."""
    scope = action.event.scope
    if not isinstance(target, ast.Name) or target.id in scope.parameters:
        return False
    dropped = bool(action.via) and is_dropped(source, action.via[-1])
    return not _is_looked_at(scope, target.id, dropped)


def _is_looked_at(scope: Scope, name: str, dropped: bool = False) -> bool:
    """Tell whether a function reads a name that it adds to; at the top of a file, anybody may.

    dropped: whether what the function returns is not looked at.
    """
    if not scope.is_function or name not in scope.bound:
        return True
    own = {id(n) for each in _additions(scope.node, name) for n in ast.walk(each)}
    if dropped:
        returned = [n for n in ast.walk(scope.node) if isinstance(n, ast.Return)]
        own |= {id(n) for each in returned for n in ast.walk(each)}
    return any(
        isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load)
        for n in ast.walk(scope.node)
        if id(n) not in own
    )


def _additions(node: ast.AST, name: str) -> list[ast.AST]:
    """Return the statements that add to a name and do no more: losses.append(x), s = s + x."""
    found: list[ast.AST] = []
    for each in ast.walk(node):
        call = each.value if isinstance(each, ast.Expr) else None
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            adds = call.func.attr in ("append", "extend", "add", "update")
            found += [call.func] if adds and getattr(call.func.value, "id", "") == name else []
        targets = getattr(each, "targets", [getattr(each, "target", None)])
        same = [t for t in targets if getattr(t, "id", "") == name]
        found += [each] if same and isinstance(each, (ast.Assign, ast.AugAssign)) else []
    return found


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
