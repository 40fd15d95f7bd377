"""A GradScaler scales the loss, and its step or its update is missing.

Look: a loop in which scaler.scale(loss).backward() runs and either the
optimizer steps by itself, with no scaler.step(optimizer), or nothing calls
scaler.update(), or the scaler is made anew in each pass. A step that no update
follows, after the loop or in an arm that returns, of a function that updates
after its other steps.

Reason: without scaler.step the optimizer sees gradients up to 65536 times too
large, and an overflow is not skipped. Without update the scale never grows or
shrinks: after the first overflow every step is skipped, or raises.

Fix: scaler.step(optimizer), then scaler.update(), once each step.

Not reported: a scaler that is handed to code of another file; an optimizer that
steps by itself after scaler.unscale_.

Sources: PyTorch documentation, Automatic Mixed Precision examples (typical
mixed precision training).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from neural_trainer.inspect.lint.course import Action, course_of
from neural_trainer.inspect.lint.deeds import name_of, scaling
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.roles import SCALER, role
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.training_loops import TrainingLoop, training_loops

ID = "grad-scaler-incomplete"
CAUSE = "grad-scaler-stuck"


def find(source: Source) -> list[Spot]:
    """Return each loop that scales and does not step by the scaler, or does not update it."""
    if not source.called("scale"):
        return []
    found = [spot for loop in training_loops(source) for spot in _of_loop(source, loop)]
    return found + list(_not_updated_after(source))


def _not_updated_after(source: Source) -> Iterator[Spot]:
    """Yield each step that no update follows, of a function that updates after its other steps."""
    for call in source.called("step"):
        if role(source, call.receiver, call.scope) != SCALER or not call.node.args:
            continue
        actions = course_of(source, call.scope)
        step = next((a for a in actions if a.event is call and not a.via), None)
        updates = [a for a in actions if a.is_call and a.word == "update"]
        updates = [a for a in updates if step is not None and a.receiver == step.receiver]
        if step is None or not updates or any(_follows(actions, step, u) for u in updates):
            continue
        later = [a for a in actions[actions.index(step) + 1 :] if a.is_call and not a.laid_in]
        if any(a.key(source, v) == step.receiver for a in later for v in a.call.node.args):
            continue  # handed on to code of another file
        name = name_of(step.receiver)
        line = updates[0].call.node.lineno
        saw = f"{name} steps, and no {name}.update() comes after, as on line {line}"
        yield Spot(call.node, saw)


def _follows(actions: list[Action], step: Action, update: Action) -> bool:
    """Tell whether an update may come after a step, before the step of the next pass."""
    arms = dict(update.place.branches)
    own = [(node, arm) for node, arm in step.place.branches if arms.get(node) != arm]
    if actions.index(update) < actions.index(step):
        return bool(set(step.place.loops) & set(update.place.loops)) and not own
    return not any(node in arms or _leaves(node, arm) for node, arm in own)


def _leaves(node: ast.AST, arm: str) -> bool:
    """Tell whether an arm of a condition ends in leaving what is around it."""
    block: list[ast.stmt] = getattr(node, {"then": "body", "else": "orelse"}.get(arm, ""), [])
    return bool(block) and isinstance(block[-1], (ast.Return, ast.Raise, ast.Continue, ast.Break))


def _of_loop(source: Source, loop: TrainingLoop) -> list[Spot]:
    """Return what is missing of each scaler that scales in a loop."""
    scalings: dict[str, Action] = {}
    for backward in loop.backwards:
        call = scaling(source, backward)
        if call is not None and isinstance(call.func, ast.Attribute):
            scalings.setdefault(backward.key(source, call.func.value), backward)
    return [
        spot
        for key, backward in scalings.items()
        if loop.out_of_sight(source, key) is None
        for spot in _of_scaler(source, loop, key, backward, len(scalings) == 1)
    ]


def _of_scaler(
    source: Source, loop: TrainingLoop, key: str, backward: Action, alone: bool
) -> list[Spot]:
    anew = [a for a in loop.actions if not a.is_call and a.receiver == key and _makes(source, a)]
    if anew:
        saw = f"{name_of(key)} is made anew at every step: its scale begins again each time"
        return [Spot(anew[0].event.node, saw)]
    words = {a.word for a in loop.actions if a.is_call and a.receiver == key}
    by_scaler = [s for s in loop.steps if role(source, s.call.receiver, s.call.scope) == SCALER]
    own = [s for s in by_scaler if alone or s.receiver == key]
    name = name_of(key)
    if not by_scaler and "unscale_" not in words:
        step = next((s for s in loop.steps if not s.place.branches), None)
        if step is None:
            return []
        saw = (
            f"the loss is scaled on line {backward.call.node.lineno}, and this step sees the "
            f"scaled gradients: {name}.step is not called"
        )
        return [Spot(step.call.node, saw)]
    if own and "update" not in words:
        saw = f"{name} steps, and nothing in this loop calls {name}.update: its scale never changes"
        return [Spot(own[-1].call.node, saw)]
    return []


def _makes(source: Source, action: Action) -> bool:
    """Tell whether an assignment makes a new GradScaler."""
    value = getattr(action.event, "value", None)
    name = source.name(value.func, action.event.scope) if isinstance(value, ast.Call) else ""
    return name.endswith("GradScaler")
