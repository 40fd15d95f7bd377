"""A model is trained in float16, and nothing scales the loss.

Look: a training loop whose forward pass runs under autocast with float16 (the
default on CUDA), or whose model was turned to half precision, and no GradScaler
or other scaling anywhere in the file.

Reason: gradients below 6e-8 become zero in float16 and large ones overflow:
deep layers stop learning, or the loss turns to NaN.

Fix: torch.amp.GradScaler around backward and step, or bfloat16, which has the
range of float32.

Not reported: bfloat16; autocast on the CPU, whose default is bfloat16; a dtype
that is chosen while the program runs; engines that scale themselves.

Sources: Micikevicius et al. 2018, arXiv 1710.03740, section 3.2; PyTorch
documentation, Automatic Mixed Precision examples.
"""

from __future__ import annotations

import ast
import re

from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.scope import Scope
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.training_loops import TrainingLoop, training_loops
from neural_trainer.inspect.lint.wording import mentions

ID = "fp16-without-scaler"
CAUSE = "fp16-overflow"
_SCALED = re.compile(r"[sS]caler|[aA]ccelerator|deepspeed|Fabric|loss_scale|\bscale\b|apex")
_HALF = re.compile(r"torch\.(?:float16|half)")


def find(source: Source) -> list[Spot]:
    """Return each float16 forward pass of a training loop without scaling."""
    if not re.search(r"autocast|half|16", source.text):
        return []
    spots = []
    for loop in training_loops(source):
        found = _half(source, loop)
        if found is not None and not mentions(source, _SCALED):
            spots.append(found)
    return spots


def _half(source: Source, loop: TrainingLoop) -> Spot | None:
    for action in loop.actions:
        for context in action.event.place.withs:
            if _is_float16(source, context, action.event.scope):
                line = context.lineno
                saw = f"float16 by autocast on line {line}, and no GradScaler scales the loss"
                return Spot(loop.backwards[0].call.node, saw)
    # the key of what a loop calls, and where it was turned to half
    models = {a.called for a in loop.actions if a.is_call and a.called}
    for call in source.called("half", "to"):
        if source.key(call.receiver, call.scope) not in models or call.receiver is None:
            continue
        given = [*call.node.args, *(k.value for k in call.node.keywords)]
        named = [source.name(value, call.scope) for value in given]
        if (call.word == "half" and not given) or any(_HALF.fullmatch(name) for name in named):
            saw = (
                f"{ast.unparse(call.receiver)} is float16 from line {call.node.lineno} on, and no "
                "GradScaler scales the loss"
            )
            return Spot(loop.backwards[0].call.node, saw)
    return None


def _is_float16(source: Source, context: ast.expr, scope: Scope) -> bool:
    """Tell whether a context is an autocast to float16."""
    if isinstance(context, (ast.Name, ast.Attribute)):
        values = source.values(context, scope)
        return len(values) == 1 and _is_float16_call(source, values[0][0], values[0][1])
    return _is_float16_call(source, context, scope)


def _is_float16_call(source: Source, context: ast.expr, scope: Scope) -> bool:
    name = source.name(context.func, scope) if isinstance(context, ast.Call) else ""
    if not isinstance(context, ast.Call) or not name.startswith("torch") or "autocast" not in name:
        return False
    keywords = {k.arg: k.value for k in context.keywords}
    if None in keywords or "enabled" in keywords:
        return False
    on_cuda = "cuda" in name
    first = keywords.get("device_type", context.args[0] if context.args else None)
    if not on_cuda and (not isinstance(first, ast.Constant) or first.value != "cuda"):
        dtype_said = "dtype" in keywords
        if not dtype_said:
            return False
    dtype = keywords.get("dtype", context.args[1] if len(context.args) > 1 else None)
    if dtype is None:
        return True
    values = source.values(dtype, scope)
    if len(values) == 1:
        dtype, scope = values[0][0], values[0][1]
    return _HALF.fullmatch(source.name(dtype, scope)) is not None
