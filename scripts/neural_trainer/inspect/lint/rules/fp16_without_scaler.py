"""A model is trained in float16, and nothing scales the loss.

Look: a training loop whose forward pass runs under autocast with float16 (the
default on CUDA), or whose model was turned to half precision or loaded in it,
and no GradScaler scales this loss; it may scale another, or be switched off
by a condition that the settings of this file do not meet.

Reason: gradients below 6e-8 become zero in float16 and large ones overflow:
deep layers stop learning, or the loss turns to NaN.

Fix: torch.amp.GradScaler around backward and step, or bfloat16, which has the
range of float32.

Not reported: a part that runs without gradients; bfloat16; autocast on the CPU,
whose default is bfloat16; a dtype that is chosen while the program runs; engines
that scale themselves.

Sources: Micikevicius et al. 2018, arXiv 1710.03740, section 3.2; PyTorch
documentation, Automatic Mixed Precision examples.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from neural_trainer.inspect.lint.contexts import (
    Entered,
    entered,
    entered_by_decorators,
)
from neural_trainer.inspect.lint.course import Action
from neural_trainer.inspect.lint.deeds import gradients_on, is_scaled, scaling
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.parts import settled_through
from neural_trainer.inspect.lint.roles import SCALER, role
from neural_trainer.inspect.lint.scope import Call, Scope
from neural_trainer.inspect.lint.settings import given as given_values
from neural_trainer.inspect.lint.settings import ruled_out, truth
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.training_loops import TrainingLoop, training_loops
from neural_trainer.inspect.lint.wording import mentions

ID = "fp16-without-scaler"
CAUSE = "fp16-overflow"
_ENGINES = re.compile(
    r"[aA]ccelerator|deepspeed|Fabric|loss_scale|\bscale\b|apex|precision\s*="
    r"|_foreach_(?:div|mul)_\b|\bgrad (?:\. data )?(?:\. (?:div|mul)_|[*/]=)"  # scaled by hand
)
_HALF = ("torch.float16", "torch.half")


def find(source: Source) -> list[Spot]:
    """Return each float16 forward pass of a training loop without scaling."""
    if not re.search(r"autocast|half|16", source.text):
        return []
    loops = training_loops(source)
    engine = bool(loops) and mentions(source, _ENGINES)
    scaled = any(role(source, c.receiver, c.scope) == SCALER for c in source.called("scale"))
    spots: list[Spot] = []
    for loop in loops:
        if scaled or "caler" not in source.text:
            spots += _of_loop(source, loop, engine and not scaled)
    return spots


def _of_loop(source: Source, loop: TrainingLoop, engine: bool) -> Iterator[Spot]:
    half = None if engine else _half_model(source, loop)
    begin = 0
    for backward in loop.backwards:
        if _never_runs(source, backward):
            continue
        before = loop.actions[begin : loop.actions.index(backward)]
        before = [a for a in before if not _never_runs(source, a)]
        begin = loop.actions.index(backward)
        scaled = is_scaled(source, backward) or _is_scaled_before(source, before)
        if scaled and not _is_off(source, backward):
            continue
        line = None if engine else _cast(source, before)
        if line is not None:
            saw = f"float16 by autocast on line {line}, and no GradScaler scales the loss"
            yield Spot(backward.call.node, saw)
            return
        if half is not None:
            saw = f"{half[0]} is float16 from line {half[1]} on, and no GradScaler scales the loss"
            yield Spot(backward.call.node, saw)
            return


def _never_runs(source: Source, action: Action) -> bool:
    """Tell whether this file's settings never take a branch that an action stands in."""
    return any(ruled_out(source, e.place, e.scope) for e in (action.event, *action.via))


def _is_off(source: Source, backward: Action) -> bool:
    """Tell whether the scaler is switched off by this file: GradScaler(enabled=False)."""
    scaled = scaling(source, backward)
    owner = scaled.func.value if scaled is not None else None  # type: ignore[attr-defined]
    made = settled_through(source, owner, backward.event.scope) if owner is not None else []
    switches = [({k.arg: k.value for k in getattr(v, "keywords", ())}, at) for v, at in made]
    return bool(made) and all(truth(source, k.get("enabled"), at) is False for k, at in switches)


def _is_scaled_before(source: Source, before: list[Action]) -> bool:
    """Tell whether a GradScaler scaled anything since the last backward pass."""
    return any(
        a.is_call
        and a.word in ("scale", "scale_loss")
        and role(source, a.call.receiver, a.call.scope) == SCALER
        for a in before
    )


def _cast(source: Source, before: list[Action]) -> int | None:
    """Return the line of an autocast to float16 that a model runs under."""
    for action in reversed(before):
        if gradients_on(action) is False:  # a part that nothing goes backward through
            continue
        for context in _around(source, action):
            if _is_float16_call(source, context.node, context.scope):
                return context.node.lineno
        cls = source.class_of(action.call.node.func, action.call.scope) if action.is_call else None
        forward = source.method(cls, "forward") if cls is not None else None
        if forward is None:
            continue
        inside = [c for e in forward.events for c in e.place.withs]
        for each in (*forward.decorators, *inside):
            if _is_float16(source, each, forward):
                return each.lineno
    return None


def _around(source: Source, action: Action) -> Iterator[Entered]:
    """Yield the contexts that an action runs under, those of functions around it included."""
    for event in (action.event, *reversed(action.via)):
        for each in event.place.withs:
            yield from entered(source, each, event.scope)
        yield from entered_by_decorators(source, event.scope)


def _half_model(source: Source, loop: TrainingLoop) -> tuple[str, int] | None:
    """Return a model that the loop runs and that was turned to float16, and where."""
    models = {a.called for a in loop.actions if a.is_call and a.called}
    for call in source.called("half", "to", "from_pretrained"):
        given = [*call.node.args, *(k.value for k in call.node.keywords)]
        named = {name for value in given for name in _names(source, value, call.scope)}
        half = named & set(_HALF) or (call.word == "half" and not given)
        if not half or ruled_out(source, call.place, call.scope):
            continue
        if call.word == "from_pretrained":
            made = [a for a in loop.actions if a.called in models and _is_made_by(source, a, call)]
            if made:
                return ast.unparse(made[0].call.node.func), call.node.lineno
        elif call.receiver is not None and source.key(call.receiver, call.scope) in models:
            return ast.unparse(call.receiver), call.node.lineno
        elif isinstance(call.receiver, ast.Call):  # Net().cuda().half()
            made = [a for a in loop.actions if a.called in models and _is_made_by(source, a, call)]
            if made:
                return ast.unparse(made[0].call.node.func), call.node.lineno
    return None


def _is_made_by(source: Source, action: Action, made: Call) -> bool:
    """Tell whether what an action calls was made by a call, as it is or moved."""
    if not action.is_call or not isinstance(action.call.node.func, (ast.Name, ast.Attribute)):
        return False
    values = source.values(action.call.node.func, action.call.scope)
    return any(made.node in ast.walk(value) for value, _, index in values if index is None)


def _names(source: Source, value: ast.expr, scope: Scope, depth: int = 4) -> set[str]:
    """Return the full names that a value can be: torch.float16, also through settings."""
    name = source.name(value, scope)
    if isinstance(value, ast.Call) and source.name(value.func, scope) == "getattr":
        texts = settled_through(source, value.args[1], scope) if len(value.args) == 2 else []
        words = {str(v.value) if isinstance(v, ast.Constant) else "" for v, _ in texts}
        return {f"{source.name(value.args[0], scope)}.{word}" for word in words} or {""}
    if name or depth == 0 or not isinstance(value, (ast.Name, ast.Attribute, ast.Subscript)):
        return {name}
    held = given_values(source, value, scope)
    return {name for each, at in held for name in _names(source, each, at, depth - 1)}


def _is_float16(source: Source, context: ast.expr, scope: Scope) -> bool:
    """Tell whether a context is an autocast to float16."""
    contexts = entered(source, context, scope)
    return any(_is_float16_call(source, each.node, each.scope) for each in contexts)


def _is_cuda(source: Source, device: ast.expr, scope: Scope) -> bool:
    """Tell whether a device is CUDA by this file, where there is one: "cuda", device.type."""
    if isinstance(device, ast.Attribute) and device.attr == "type":
        device = device.value
    found = []
    for value, at in settled_through(source, device, scope):
        value = value.body if isinstance(value, ast.IfExp) else value  # where CUDA is available
        made = isinstance(value, ast.Call) and source.name(value.func, at) == "torch.device"
        if made and isinstance(value, ast.Call) and value.args:
            value = value.args[0].body if isinstance(value.args[0], ast.IfExp) else value.args[0]
        found.append(getattr(value, "value", None))
    return bool(found) and all(isinstance(v, str) and v.startswith("cuda") for v in found)


def _is_float16_call(source: Source, context: ast.expr, scope: Scope) -> bool:
    name = source.name(context.func, scope) if isinstance(context, ast.Call) else ""
    if not isinstance(context, ast.Call) or not name.startswith("torch") or "autocast" not in name:
        return False
    keywords = {k.arg: k.value for k in context.keywords}
    if None in keywords:
        return False
    if "enabled" in keywords and truth(source, keywords["enabled"], scope) is not True:
        return False
    on_cuda = "cuda" in name
    first = keywords.get("device_type", context.args[0] if context.args else None)
    other = not on_cuda and not (first is not None and _is_cuda(source, first, scope))
    if other and "dtype" not in keywords:
        return False
    dtype = keywords.get("dtype", context.args[1] if len(context.args) > 1 else None)
    names = _names(source, dtype, scope) if dtype is not None else set(_HALF)
    return bool(names) and names <= set(_HALF)
