"""The scheduler of the learning rate steps before the optimizer does.

Look: in one pass of a loop, scheduler.step() without an argument, and only
after it the first optimizer.step(), be it in the same loop or in one inside.

Reason: since PyTorch 1.1 the scheduler is to step last. In this order the first
value of the schedule is never used, warmup and decay come one step (or one
epoch) early, and PyTorch warns.

Fix: optimizer.step(), then scheduler.step().

Not reported: a scheduler that is told the epoch, scheduler.step(epoch); one
that a condition guards; a pass in which an optimizer has stepped already; a
step under warnings.catch_warnings, where the order is known and meant; a class
of the file that is no scheduler of PyTorch, which may set the rate of the
coming update.

Sources: PyTorch documentation, torch.optim (how to adjust learning rate).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from neural_trainer.inspect.lint.course import Action, courses
from neural_trainer.inspect.lint.deeds import is_scheduler_step, is_step, name_of, stepped_optimizer
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.roles import SCHEDULER, role_by_class
from neural_trainer.inspect.lint.scope import Scope
from neural_trainer.inspect.lint.source import Source

ID = "scheduler-before-optimizer"
CAUSE = "lr-schedule-wrong"


def find(source: Source) -> list[Spot]:
    """Return each step of a scheduler that the first step of an optimizer follows."""
    if len(source.called("step")) < 2:
        return []
    return [spot for actions in courses(source, "step") for spot in _of_course(source, actions)]


def _steps_of_its_own(
    source: Source, actions: list[Action], steps: list[int], action: Action
) -> list[int]:
    """Return the steps of the optimizer that a scheduler was built with, where that is in sight."""
    held = {
        source.key(value.args[0], at)
        for value, at, _ in _values(source, action)
        if isinstance(value, ast.Call) and value.args
    } - {""}
    return [n for n in steps if stepped_optimizer(source, actions[n]) in held]


def _is_of_its_own(source: Source, action: Action) -> bool:
    """Tell whether a scheduler is of a class of this file that derives from none of PyTorch's."""
    receiver = action.call.receiver
    cls = source.class_of(receiver, action.call.scope) if receiver is not None else None
    return cls is not None and role_by_class(source, cls) != SCHEDULER


def _in_one_pass(actions: list[Action], steps: list[int], action: Action) -> list[int]:
    """Return the steps in the innermost loop around a scheduler's that has any.

    Not in a loop over callbacks or schedulers, which is within the pass.
    """
    found: Iterator[list[int]] = (
        [n for n in steps if loop in actions[n].place.loops] for loop in action.place.loops[::-1]
    )
    return next((inside for inside in found if inside), [])


def _values(source: Source, action: Action) -> list[tuple[ast.expr, Scope, int | None]]:
    receiver = action.call.receiver
    return source.values(receiver, action.call.scope) if receiver is not None else []


def _of_course(source: Source, actions: list[Action]) -> list[Spot]:
    steps = [n for n, a in enumerate(actions) if is_step(source, a)]
    spots = []
    for position, action in enumerate(actions):
        if not steps or not is_scheduler_step(source, action) or not action.place.loops:
            continue
        if action.call.node.args or action.call.node.keywords or _is_of_its_own(source, action):
            continue
        inside = _in_one_pass(actions, steps, action)
        own = _steps_of_its_own(source, actions, inside, action)
        inside = own or inside
        if not inside or inside[0] < position:
            continue
        first = actions[inside[0]]
        if any(name.startswith("warnings.") for name in action.contexts):
            continue
        if set(action.place.branches) - set(first.place.branches):
            continue
        saw = (
            f"{name_of(action.receiver)} steps before the optimizer does, on line "
            f"{first.call.node.lineno}"
        )
        spots.append(Spot(action.call.node, saw))
    return spots
