"""A logarithm is taken of what can be exactly zero.

Look: torch.log, log2 or log10, or numpy's, of a sigmoid, a relu, a spectrogram or
the size of a spectrum, or a model that ends in one, of 1 minus a sigmoid, a softmax
or the square of a tanh, of torch.rand, which draws 0 too, of a sum of exp(-...), of
a share of counts, and of a column whose gaps were filled with 0; of what was clamped
at 0 or is a relu, times, divided by or the least of whatever it is, as the overlap
of two boxes; with nothing added and no clamp above zero.

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
import re

from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.origins import origin
from neural_trainer.inspect.lint.scope import Call, Place, Scope
from neural_trainer.inspect.lint.settings import number
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.zeros import zeros_of

ID = "log-of-zero"
CAUSE = "log-of-zero"
_LOGS = frozenset({
    "torch.log", "torch.log2", "torch.log10", "numpy.log", "numpy.log2", "numpy.log10",
})  # fmt: skip
_ZERO = frozenset({
    "sigmoid", "relu", "ReLU", "one_hot", "histc", "bincount", "expit", "Sigmoid", "MelSpectrogram",
    "Spectrogram", "melspectrogram", "rand", "rand_like",
})  # fmt: skip
_ONE = frozenset({"sigmoid", "softmax", "Sigmoid", "Softmax"})


def find(source: Source) -> list[Spot]:
    """Return each logarithm of what can be zero."""
    spots = []
    for call in source.called("log", "log2", "log10"):
        name = source.called_name(call)
        if name in _LOGS:
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
        computed = last is not None and (
            isinstance(last.value, ast.BinOp)
            or _sides(source, last.value, scope)
            or _squared(source, last.value, scope) is not None
        )
        value = last.value if last is not None and computed else value
    share = _share(source, value, scope, place)
    if share is not None:
        return share
    base = _squared(source, value, scope)
    if base is not None:
        return _can_be_zero(source, base, call)
    for side in _sides(source, value, scope):
        saw = _can_be_zero(source, side, call)
        if saw:
            return saw
    if isinstance(value, ast.BinOp):
        one = isinstance(value.left, ast.Constant) and value.left.value == 1
        if not one or not isinstance(value.op, ast.Sub):
            return ""
        inner = _squared(source, value.right, scope)
        made = _operation(source, inner, scope, place) if inner is not None else ("", 0, "")
        if made[0] == "tanh":
            return f"1 minus the square of a tanh (line {made[1]}) can be 0"
        made = _operation(source, value.right, scope, place)
        return f"1 minus a {made[0].lower()} (line {made[1]}) can be 0" if made[0] in _ONE else ""
    if _is_sum_of_exps(source, value, scope, place):
        return "a sum of exp(...) of what is below zero can be 0: logsumexp takes both in one"
    made = _operation(source, value, scope, place)
    if made[0] == "abs" and re.search(r"stft|fft", made[2]):
        return f"the size of a spectrum (line {made[1]}) can be 0"
    word = made[0].rpartition(".")[2]
    return f"a {word.lower()} (line {made[1]}) can be 0" if word in _ZERO else ""


def _sides(source: Source, value: ast.expr, scope: Scope) -> list[ast.expr]:
    """Return p and 1 - p of where(y, p, 1 - p) and of p * y + (1 - p) * (1 - y)."""
    if isinstance(value, ast.Call) and source.name(value.func, scope) == "torch.where":
        return value.args[1:] if len(value.args) == 3 else []
    if not isinstance(value, ast.BinOp) or not isinstance(value.op, ast.Add):
        return []
    products = [
        {ast.unparse(each): each for each in (side.left, side.right)}
        for side in (value.left, value.right)
        if isinstance(side, ast.BinOp) and isinstance(side.op, ast.Mult)
    ]
    if len(products) != 2:
        return []
    first, second = products
    mixed = [name for name in first if f"1 - {name}" in second]
    return [first[mixed[0]], second[f"1 - {mixed[0]}"]] if len(mixed) == 2 else []


def _squared(source: Source, value: ast.expr, scope: Scope) -> ast.expr | None:
    """Return what a value is the square of: x ** 2, x * x, x.pow(2), torch.square(x)."""
    if isinstance(value, ast.BinOp):
        power = isinstance(value.op, ast.Pow) and number(source, value.right, scope) == 2
        same = ast.unparse(value.left) == ast.unparse(value.right)
        return value.left if power or (isinstance(value.op, ast.Mult) and same) else None
    if not isinstance(value, ast.Call) or getattr(value.func, "attr", "") not in ("pow", "square"):
        return None
    given = [*value.args] if source.name(value.func, scope) else [value.func.value, *value.args]  # type: ignore[attr-defined]
    power = len(given) == 1 or number(source, given[1], scope) == 2
    return given[0] if power else None


def _share(source: Source, value: ast.expr, scope: Scope, place: Place) -> str | None:
    """Say where a share or a quotient can be 0: by counts of which some can be none, or data."""
    found = zeros_of(source, value, scope, place)
    return None if found is None else f"{found.what} (line {found.line}) can be 0"


def _is_sum_of_exps(source: Source, value: ast.expr, scope: Scope, place: Place) -> bool:
    """Tell whether a value is the sum of products with exp of something negative."""
    if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Attribute):
        return False
    if value.func.attr != "sum" or not isinstance(value.func.value, ast.BinOp):
        return False
    names = [n for n in ast.walk(value.func.value) if isinstance(n, ast.Name)]
    parts: list[ast.expr] = [value.func.value]
    parts += [last.value for n in names if (last := source.last_value(n, scope, place)) is not None]
    exps = [c for part in parts for c in ast.walk(part) if _is_exp(source, c, scope)]
    return any(isinstance(c, ast.Call) and _is_negative(c) for c in exps)


def _is_exp(source: Source, node: ast.AST, scope: Scope) -> bool:
    return isinstance(node, ast.Call) and source.name(node.func, scope) == "torch.exp"


def _is_negative(exp: ast.Call) -> bool:
    """Tell whether what is exponentiated is a square, or something, with a minus before it."""
    inner = exp.args[0] if exp.args else None
    while isinstance(inner, ast.BinOp) and isinstance(inner.op, (ast.Mult, ast.Div)):
        inner = inner.left
    if isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Pow):
        inner = inner.left
    return isinstance(inner, ast.UnaryOp) and isinstance(inner.op, ast.USub)


def _operation(source: Source, value: ast.expr, scope: Scope, place: Place) -> tuple[str, int, str]:
    made = origin(source, value, scope, place)
    return (
        ("", 0, "") if made is None else (made.operation, made.node.lineno, ast.unparse(made.node))
    )
