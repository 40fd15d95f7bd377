"""How high a rate gets: what an optimizer is given, and where that comes to nothing."""

from __future__ import annotations

import ast
import re

from neural_trainer.inspect.lint.factors import expression_at, value_at
from neural_trainer.inspect.lint.optimizer_builds import optimizer_calls
from neural_trainer.inspect.lint.scope import Call, Scope
from neural_trainer.inspect.lint.settings import given, number, setting, written
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.wording import mentions

DEAD = 1e-9
_DEAD_ADAPTIVE = 1e-8  # of each step, whatever the size of the gradient
_DEAD_SGD = 1e-7  # where the loss is a mean, and of data of about unit size
_ADAPTIVE = re.compile(r"Adam|RMSprop|Lion|L[Aa][Mm][Bb]$")
_SETS_RATE = ("OneCycleLR", "CyclicLR")
_SEARCHED = re.compile(r"lr_?find|range_test", re.IGNORECASE)
_SUMMED = re.compile(r"reduction ?= ?['\"](?:sum|none)|size_average|\.sum\(|reduce ?= ?False")
_OF_UNIT_SIZE = re.compile(
    r"(?:Standard|MinMax|Robust)Scaler|[nN]ormalize|(?:Batch|Layer|Group)Norm"
    r"|[cC]ross_?[eE]ntropy|NLLLoss|nll_loss|BCE"
)


def rate(source: Source, expr: ast.expr, scope: Scope) -> float | None:
    """Return the number that a rate is by this file, through functions too."""
    known = number(source, expr, scope)
    return known if known is not None else expression_at(source, expr, scope)


def most_dead(source: Source, optimizer: Call) -> float:
    """Return the highest rate that moves no weight, by the kind of optimizer and of loss.

    Below 0 where a schedule sets the rate whatever it was.
    """
    if source.called(*_SETS_RATE):
        return -1.0
    if mentions(source, _SEARCHED):
        return 0.0
    if _ADAPTIVE.search(source.called_name(optimizer).rpartition(".")[2]):
        return _DEAD_ADAPTIVE
    mean = not mentions(source, _SUMMED) and mentions(source, _OF_UNIT_SIZE)
    plain = source.called_name(optimizer).endswith(".SGD")
    return _DEAD_SGD if plain and mean else DEAD


def where_it_is_zero(source: Source, expr: ast.expr, scope: Scope) -> ast.expr:
    """Return where a product becomes 0: the factor that is, in the function that gives it."""
    for _ in range(8):
        held = given(source, expr, scope)
        made = source.defined(expr.func, scope) if isinstance(expr, ast.Call) else None
        if len(held) == 1:
            expr, scope = held[0]
        elif made is not None and made.is_function and len(made.returns) == 1:
            expr, scope = made.returns[0].value, made
        elif isinstance(expr, ast.BinOp) and isinstance(expr.op, (ast.Mult, ast.Div)):
            sides = [expr.left, expr.right] if isinstance(expr.op, ast.Mult) else [expr.left]
            zeros = [side for side in sides if rate(source, side, scope) == 0]
            if not zeros:
                break
            expr = zeros[0]
        else:
            break
    return expr


def highest_factor(source: Source, function: Scope) -> float | None:
    """Return about the highest value of a factor of the step, None where one cannot be told."""
    values = [value_at(source, function, step) for step in _STEPS]
    known = [result.value for result in values if result is not None]
    return max(known) if len(known) == len(_STEPS) else None


_STEPS = (0, 1, *sorted({round(1.2**n) for n in range(5, 76)}))
"""To a million, so close that what goes up and down as a square root is met near its height."""


def rate_of_schedule(source: Source, schedule: Call) -> tuple[float, ast.expr] | None:
    """Return the rate of the optimizer that a schedule is of, and where it is written."""
    key = source.key(schedule.argument(0, "optimizer"), schedule.scope)
    made = {id(item.value) for item in source.assignments.get(key, ())} if key else set()
    built = [call for call in optimizer_calls(source) if id(call.node) in made]
    lr = setting(source, built[0], 1, "lr") if len(built) == 1 else None
    value = rate(source, *lr) if lr is not None else None
    return (value, written(source, *lr)) if lr is not None and value is not None else None
