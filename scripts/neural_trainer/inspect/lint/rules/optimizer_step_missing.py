"""An optimizer is cleared, or made, for a loop that goes backward, and does not step.

Look: a loop with a backward pass and the zero_grad of an optimizer, or a
function that makes an optimizer and goes backward in a loop, where nothing in
the file steps: no step() of it, of a GradScaler or of anything unknown. Of
several optimizers, those of a LightningModule that optimises by hand included,
one that never steps while all that step are known. A step that waits for every
Nth batch, where each batch clears the gradients.

Reason: gradients are computed and thrown away; the weights stay as they began
and the loss is flat.

Fix: optimizer.step() after the backward pass.

Not reported: an optimizer that is handed to code of another file, returned or
kept on an object of another file; one of a class whose base another file holds;
gradients taken for their own sake, which the loop reads.

Sources: Humbatova et al. 2020, Taxonomy of Real Faults in Deep Learning
Systems, arXiv 1910.11015.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from neural_trainer.inspect.lint.batch_steps import MANUAL, batch_step
from neural_trainer.inspect.lint.course import Action, course_of, courses, within
from neural_trainer.inspect.lint.deeds import clears_gradients, is_backward, is_every_nth, name_of
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.optimizer_builds import models_of
from neural_trainer.inspect.lint.roles import OPTIMIZER, SCHEDULER, built_role, role
from neural_trainer.inspect.lint.scope import Assignment, Call, Place, Scope
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.training_loops import is_foreign_method, training_loops

ID = "optimizer-step-missing"
CAUSE = "optimizer-step-missing"
_KNOWN = frozenset(
    {
        "prepare",
        "setup",
        "step",
        "state_dict",
        "load_state_dict",
        "print",
        "len",
        "isinstance",
        "unscale_",
        "toggle_optimizer",
        "untoggle_optimizer",
        "clip_gradients",
    }
)


def find(source: Source) -> list[Spot]:
    """Return the backward pass of each loop whose optimizer never steps."""
    if not source.called("backward", "manual_backward"):
        return []
    if _steps_somewhere(source):
        return [*_of_several(source), *_now_and_then(source)]
    spots = _by_hand(source)
    for scope in source.scopes:
        if scope.is_class or not any(event.place.loops for event in scope.events):
            continue
        actions = course_of(source, scope)
        loops = {event.place.loops[0] for event in scope.events if event.place.loops}
        for loop in sorted(loops, key=lambda each: each.lineno):
            inside = within(actions, loop)
            if any(a.is_call and is_foreign_method(source, a.call) for a in inside):
                continue
            backwards = [a for a in inside if is_backward(a)]
            key = _optimizer(source, inside, actions, scope)
            if backwards and key and not _leaves(source, key) and not _is_read(source, inside):
                saw = (
                    f"this loop goes backward, and nothing in this file steps {name_of(key)}: "
                    "the weights do not move"
                )
                spots.append(Spot(backwards[0].call.node, saw))
    return spots


def _now_and_then(source: Source) -> Iterator[Spot]:
    """Yield each step that waits for every Nth batch, while each batch clears the gradients."""
    for loop in training_loops(source):
        if len(loop.backwards) != 1 or len({loop.optimizer(source, s) for s in loop.steps}) != 1:
            continue
        place = loop.backwards[0].place
        cleared = [
            z
            for z in loop.zeros
            if z.is_call
            and z.place.loops == place.loops
            and set(z.place.branches) <= set(place.branches)
        ]
        waits = [_waits(step, place) for step in loop.steps]
        if cleared and all(waits):
            saw = (
                f"this step waits for {ast.unparse(waits[0].test)}, and line "  # type: ignore[union-attr]
                f"{cleared[0].call.node.lineno} clears the gradients of all batches between"
            )
            yield Spot(loop.steps[0].call.node, saw)


def _waits(step: Action, place: Place) -> ast.If | None:
    """Return the condition on every Nth batch that a step alone waits for, None without one."""
    own = [node for node, arm in step.place.branches if arm == "then"]
    around = {id(node) for node, _ in place.branches}
    tests = [n for n in own if isinstance(n, ast.If) and id(n) not in around]
    return next((n for n in tests if is_every_nth(n.test)), None)


def _by_hand(source: Source) -> list[Spot]:
    """Return the backward pass of each step of Ignite, or of Lightning by hand, without one."""
    spots = []
    for scope in source.scopes:
        if batch_step(source, scope) != MANUAL:
            continue
        actions = course_of(source, scope)
        if scope.name != "training_step" and not any(clears_gradients(a) for a in actions):
            continue
        backwards = [a for a in actions if is_backward(a)]
        if backwards:
            saw = "this step goes backward by hand, and nothing in this file steps an optimizer"
            spots.append(Spot(backwards[0].call.node, saw))
    return spots


def _of_several(source: Source) -> list[Spot]:
    """Return where an optimizer is built that never steps, in a file in which others do."""
    stepped = set()
    for scope in source.scopes:
        for action in course_of(source, scope) if source.reaches(scope, ("step",)) else ():
            if action.is_call and action.word == "step":
                given = action.call.argument(0, "optimizer")
                stepped |= {action.receiver, action.key(source, given)}
                name = action.receiver.partition(":")[2].removeprefix("self.")
                plain = name and not set("[(.") & set(name)  # else of whatever holds it
                if not plain or _any_may_step(source):
                    return []
    spots = []
    for key, values in source.assignments.items():
        built = [a for a in values if a.how == "=" and _is_built(source, a)]
        if built and key not in stepped and len(built) == len(values) and not _leaves(source, key):
            if not _is_cleared(source, key):
                continue
            saw = f"{name_of(key)} never steps, while another optimizer does"
            spots.append(Spot(_backward_for(source, key) or built[0].node, saw))
    return spots


def _backward_for(source: Source, key: str) -> ast.AST | None:
    """Return the first backward pass after an optimizer is cleared."""
    for actions in courses(source, "backward", "manual_backward"):
        cleared = False
        for action in actions:
            cleared = cleared or (
                action.is_call and clears_gradients(action) and action.receiver == key
            )
            if cleared and is_backward(action):
                return action.call.node
    return None


def _any_may_step(source: Source) -> bool:
    """Tell whether any optimizer may come to step: by getattr, or by an engine."""
    by_hand = any(batch_step(source, scope) == MANUAL for scope in source.scopes)
    return "getattr(" in source.text or ("configure_optimizers" in source.text and not by_hand)


def _is_built(source: Source, given: Assignment) -> bool:
    value = given.value
    if isinstance(value, ast.Call) and given.element is not None:  # of self.optimizers(), make()
        function = source.defined(value.func, given.scope)
        asked = getattr(value.func, "attr", "") == "optimizers"
        made = built_role(source, given.target, given.scope) == OPTIMIZER
        return asked or (function is not None and made)
    if not isinstance(value, ast.Call) or role(source, value, given.scope) != OPTIMIZER:
        return False
    return source.name(value.func, given.scope).startswith("torch.optim.")


def _is_cleared(source: Source, key: str) -> bool:
    """Tell whether an optimizer or its model is cleared somewhere: it is meant to train."""
    cleared = {source.key(c.receiver, c.scope) for c in source.called("zero_grad")}
    return bool(cleared & {key, *models_of(source, key)})


def _is_read(source: Source, inside: list[Action]) -> bool:
    """Tell whether gradients are read in a loop, and so may be what it is for."""
    nodes = {id(a.event.node): a.event.node for a in inside}.values()
    return any(
        isinstance(part, ast.Attribute)
        and part.attr == "grad"
        and isinstance(part.ctx, ast.Load)
        and ast.unparse(part) not in ("torch.autograd.grad", "autograd.grad")
        for node in nodes
        for part in ast.walk(node)
    )


def _steps_somewhere(source: Source) -> bool:
    """Tell whether anything steps, or hands on a step, that is not a scheduler for certain."""
    calls = source.called("step")
    if any(role(source, c.receiver, c.scope) != SCHEDULER for c in calls):
        return True
    called = {id(c.node.func) for c in calls}
    called |= {id(node.value) for node in source.nodes if isinstance(node, ast.Expr)}  # no call
    return ".step" in source.text and any(
        isinstance(node, ast.Attribute) and node.attr == "step" and id(node) not in called
        for node in source.nodes
    )


def _optimizer(source: Source, inside: list[Action], actions: list[Action], scope: Scope) -> str:
    """Return the key of an optimizer that this loop is for, "" where none is in sight."""
    for action in inside:
        clears = action.is_call and clears_gradients(action) and _is_own(source, action.receiver)
        if clears and role(source, action.call.receiver, action.call.scope) == OPTIMIZER:
            return action.receiver
    for action in actions:  # made in the same function
        if not action.is_call and action.word == "=" and action.event.scope is scope:
            value = getattr(action.event, "value", None)
            if isinstance(value, ast.Call) and role(source, value, scope) == OPTIMIZER:
                return action.receiver
    return ""


def _is_own(source: Source, key: str) -> bool:
    """Tell whether no code of another file can step an object: it is no part of theirs."""
    number, _, name = key.partition(":")
    if not name.startswith("self."):
        return "." not in name
    cls = source.scopes[int(number)]
    bases = {base.rpartition(".")[2] for base in source.base_names(cls)} if cls.is_class else set()
    return not bases - {"Module", "object", "ABC", "Generic", "Protocol"}


def _leaves(source: Source, key: str) -> bool:
    """Tell whether an optimizer gets out of sight: passed on, returned, put on another object."""
    for scope in source.scopes:
        for item in scope.returns:
            if any(source.key(node, scope) == key for node in _names(item.value)):
                return True
        for event in scope.events:
            if isinstance(event, Call):
                if event.word in _KNOWN or source.callee(event) is not None:
                    continue
                if role(source, event.node, scope) == SCHEDULER:
                    continue
                given = [*event.node.args, *(k.value for k in event.node.keywords)]
                if any(source.key(n, scope) == key for value in given for n in _names(value)):
                    return True
            elif event.how == "=" and source.key(event.value, scope) == key:
                return True
    return False


def _names(expr: ast.expr) -> list[ast.expr]:
    """Return the names in an expression that are not asked for an attribute: the things given."""
    if isinstance(expr, (ast.Name, ast.Attribute, ast.Subscript)):
        return [expr]
    if isinstance(expr, ast.Call):
        return []
    return [
        n
        for child in ast.iter_child_nodes(expr)
        if isinstance(child, ast.expr)
        for n in _names(child)
    ]
