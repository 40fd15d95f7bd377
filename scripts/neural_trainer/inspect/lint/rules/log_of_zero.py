"""A logarithm is taken of what can be exactly zero.

Look: torch.log, log2 or log10 of a sigmoid, a relu, or a model that ends in
one, and of 1 minus a sigmoid or a softmax, with nothing added and no clamp
above zero.

Reason: a sigmoid of float32 is exactly 1 from 17 on and a relu is 0 for half of
its inputs: the logarithm is -inf, and the gradients are NaN from there on.

Fix: logsigmoid(x) and logsigmoid(-x), binary_cross_entropy_with_logits,
log_softmax; else clamp(min=eps) before the logarithm.

Not reported: values with eps added, clamped or padded; log1p; what cannot be
traced; a logarithm of a softmax, which log-of-softmax finds.

Sources: PyTorch documentation, torch.nn.LogSigmoid, BCEWithLogitsLoss (more
numerically stable than a plain Sigmoid followed by a BCELoss).
"""

from __future__ import annotations

import ast

from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.origins import origin
from neural_trainer.inspect.lint.scope import Call, Place, Scope
from neural_trainer.inspect.lint.source import Source

ID = "log-of-zero"
CAUSE = "log-of-zero"
_ZERO = frozenset({"sigmoid", "relu", "ReLU", "one_hot", "histc", "bincount", "expit", "Sigmoid"})
_ONE = frozenset({"sigmoid", "softmax", "Sigmoid", "Softmax"})


def find(source: Source) -> list[Spot]:
    """Return each logarithm of what can be zero."""
    spots = []
    for call in source.called("log", "log2", "log10"):
        name = source.called_name(call)
        if name in ("torch.log", "torch.log2", "torch.log10"):
            value = call.argument(0, "input")
        elif not name and isinstance(call.receiver, (ast.Name, ast.Call, ast.BinOp)):
            value = call.receiver if not call.node.args else None
        else:
            continue
        saw = _can_be_zero(source, value, call) if value is not None else ""
        if saw:
            spots.append(Spot(call.node, saw))
    return spots


def _can_be_zero(source: Source, value: ast.expr, call: Call) -> str:
    """Say what the argument of a logarithm is, "" where it is not seen to be zero."""
    scope, place = call.scope, call.place
    if isinstance(value, ast.Name):
        last = source.last_value(value, scope, place)
        if last is not None and isinstance(last.value, ast.BinOp):
            value = last.value
    if isinstance(value, ast.BinOp):
        one = isinstance(value.left, ast.Constant) and value.left.value == 1
        if not one or not isinstance(value.op, ast.Sub):
            return ""
        made = _operation(source, value.right, scope, place)
        return f"1 minus a {made[0].lower()} (line {made[1]}) can be 0" if made[0] in _ONE else ""
    made = _operation(source, value, scope, place)
    return f"a {made[0].lower()} (line {made[1]}) can be 0" if made[0] in _ZERO else ""


def _operation(source: Source, value: ast.expr, scope: Scope, place: Place) -> tuple[str, int]:
    made = origin(source, value, scope, place)
    return (made.operation, made.node.lineno) if made is not None else ("", 0)
