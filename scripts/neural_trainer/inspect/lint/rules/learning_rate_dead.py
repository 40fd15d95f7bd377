"""The learning rate is zero, or decays to nothing long before training ends.

Look: an optimizer with lr of 1e-9 or less, also where a function or an integer
division gives 0; of 1e-8 for Adam, of 1e-7 for SGD where the loss is a mean and
the data or the activations are of unit size; a factor that is a rate in itself
(Noam) on a rate that is none of 1. A schedule with gamma=0, a factor that is
always 0, or one that leaves less than a millionth of the rate after a quarter of
the epochs that the loop around scheduler.step() counts; a rate set by hand that
is multiplied by 0 or ends early. It stands at the number.

Reason: from there on no step moves a weight: the rest of the run is wasted, and
the loss looks as if it had converged.

Fix: a rate from a range test (neural-trainer preflight); a schedule that ends
where training ends.

Not reported: loops whose length is not in sight; schedules with restarts; rates
that other code sets: OneCycleLR, a search for the rate, a file that writes
param_group["lr"].

Sources: PyTorch documentation, torch.optim.lr_scheduler; Smith 2017, arXiv
1506.01186 (range test).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from neural_trainer.inspect.lint.factors import expression_at, value_at
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.optimizer_builds import optimizer_calls, optimizer_options
from neural_trainer.inspect.lint.rate_sizes import (
    DEAD,
    highest_factor,
    most_dead,
    rate,
    rate_of_schedule,
    where_it_is_zero,
)
from neural_trainer.inspect.lint.schedule_ends import (
    factor_of,
    fewest_steps,
    left_at,
    loop_length,
)
from neural_trainer.inspect.lint.scope import Assignment, Call, Loop, Scope
from neural_trainer.inspect.lint.settings import given, number, setting, written
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.wording import mentions

ID = "learning-rate-dead"
CAUSE = "lr-schedule-wrong"
_MOST_DEAD = 1e-7
_NOTHING = 1e-6  # share of the first rate
_LATER = (0.25, 0.37, 0.5, 0.71)  # of the loop: a rate that comes again is not 0 at all of them
_SETS_RATE = re.compile(r"\[ ?['\"]lr['\"] ?\]\s*[*/+-]?=[^=]")


def find(source: Source) -> list[Spot]:
    """Return where each rate is written that is zero, or soon is."""
    spots = _set_by_hand(source)
    for call in optimizer_calls(source):
        rates = optimizer_options(source, call, "lr")
        if _is_overruled(source, call, len(rates)):
            rates = rates[1:]
        numbers = [rate(source, *each) for each in rates]
        highest = max((2.0 if r is None else r for r in numbers), default=2.0)
        dead = highest <= _MOST_DEAD and highest <= most_dead(source, call)
        if dead and not mentions(source, _SETS_RATE):
            node = where_it_is_zero if numbers[-1] == 0 else written
            line = call.node.lineno
            saw = f"lr={numbers[-1]:g} for the optimizer of line {line}: no step moves a weight"
            spots.append(Spot(_at(node(source, *rates[-1]), call), saw))
    for call in source.called(*_ARGUMENTS) if "Trainer(" in source.text else ():
        own = setting(source, call, 99, "learning_rate")
        value = rate(source, *own) if own is not None else None
        if own is not None and value is not None and value <= DEAD:
            saw = f"learning_rate={value:g} for the trainer: no step moves a weight"
            spots.append(Spot(_at(written(source, *own), call), saw))
    for call in source.called(*_SCHEDULES):
        if source.called_name(call).startswith("torch.optim."):
            spots += list(_of_schedule(source, call))[:1]
    return spots


_ARGUMENTS = ("TrainingArguments", "Seq2SeqTrainingArguments", "SFTConfig", "DPOConfig")
_SCHEDULES = (
    "StepLR", "MultiStepLR", "ExponentialLR", "LambdaLR", "MultiplicativeLR", "OneCycleLR",
    "PolynomialLR", "LinearLR", "ReduceLROnPlateau",
)  # fmt: skip


def _at(node: ast.expr, call: Call) -> ast.expr:
    """Return where a number is written, the call where that is its own line."""
    return call.node if node.lineno == call.node.lineno else node


def _is_overruled(source: Source, call: Call, num_rates: int) -> bool:
    """Tell whether each group of parameters has a rate of its own, so that lr= is of none."""
    params = call.argument(0, "params")
    lists = [params] if params is not None else []
    if isinstance(params, ast.Name):
        lists = [value for value, _ in given(source, params, call.scope)]
    groups = lists[0].elts if lists and isinstance(lists[0], (ast.List, ast.Tuple)) else []
    return setting(source, call, 1, "lr") is not None and 0 < len(groups) == num_rates - 1


def _set_by_hand(source: Source) -> list[Spot]:
    """Return where group["lr"] is given 0 in a loop: a factor of 0, or a function that ends."""
    spots = []
    for items in source.assignments.values():
        for item in items:
            target = item.target
            if not isinstance(target, ast.Subscript) or ast.unparse(target.slice) != "'lr'":
                continue
            factor = number(source, item.value, item.scope) if item.how == "*=" else None
            if factor is not None and 0 <= factor <= _NOTHING:
                node = written(source, item.value, item.scope)
                passed = source.passed(item.scope, ast.unparse(item.value))
                node = passed[0][0] if len(passed) == 1 else node
                saw = (
                    f"the rate is multiplied by {factor:g} (line {item.node.lineno}): no step "
                    "moves a weight"
                )
                spots.append(Spot(node, saw))
            elif item.how == "=" and item.place.loops:
                spots += _ends_early(source, item)
    return spots


def _ends_early(source: Source, item: Assignment) -> list[Spot]:
    """Return what gives a rate that is 0 after a quarter of the loop: a function, or a product."""
    value, scope = item.value, item.scope
    held = given(source, value, scope)  # lr = base * max(0, 1 - epoch / 10); group["lr"] = lr
    value, scope = held[0] if len(held) == 1 else (value, scope)
    for loop in item.place.loops:
        length, counter = loop_length(source, loop) or 0, _counter(loop)
        rates = [
            expression_at(source, value, scope, **{counter: float(int(length * part))})
            for part in (_LATER if counter and length >= _LEAST_LOOP else ())
        ]
        later = [length * part for part in _LATER]
        if rates and set(rates) == {0.0}:
            function = source.defined(value.func, scope) if isinstance(value, ast.Call) else None
            result = value_at(source, function, int(later[0])) if function is not None else None
            saw = f"the rate is 0 after a quarter of the {length:g} steps (line {item.node.lineno})"
            return [Spot(result.node if result is not None else value, saw)]
    return []


def _counter(loop: Loop) -> str:
    """Return the name that a loop counts by: its target, or the first of several."""
    target = getattr(loop, "target", None)
    first = target.elts[0] if isinstance(target, (ast.Tuple, ast.List)) else target
    return getattr(first, "id", "")


_LEAST_LOOP = 8  # passes, of which a quarter is two


def _of_schedule(source: Source, call: Call) -> Iterator[Spot]:
    """Yield how a schedule kills the rate: at once, or long before the loop around it ends."""
    position, name = _GIVEN.get(call.word, (99, ""))
    setting_of = setting(source, call, position, name)
    node = _at(written(source, *setting_of), call) if setting_of is not None else call.node
    if setting_of is not None and number(source, *setting_of) == 0:
        yield Spot(node, f"{name}=0: the rate is 0 {_SINCE.get(name, 'at every step')}")
    function = factor_of(source, call)
    if function is not None:
        yield from _of_factor(source, call, function)
    epochs = fewest_steps(source, call)
    parts = [left_at(source, call, epochs * part) for part in _LATER] if epochs else [None]
    left = [part for part in parts if part is not None]
    if len(left) == len(_LATER) and max(left) < _NOTHING:
        saw = f"after a quarter of {epochs:g} steps the rate is {left[0]:.0e} of what it was"
        yield Spot(node, saw)


_GIVEN = {
    "StepLR": (2, "gamma"), "MultiStepLR": (2, "gamma"), "ExponentialLR": (1, "gamma"),
    "OneCycleLR": (1, "max_lr"), "ReduceLROnPlateau": (2, "factor"),
}  # fmt: skip
_SINCE = dict.fromkeys(("gamma", "factor"), "from the first decay on")


def _of_factor(source: Source, call: Call, function: Scope) -> Iterator[Spot]:
    """Yield how a factor of the step kills the rate."""
    values = [number(source, r.value, function) for r in function.returns]
    twice = _rate_in_factor(source, call, function)
    if twice:
        yield Spot(call.node, f"{twice} is the rate already: a factor of it gives its square")
    if values and set(values) == {0.0}:
        yield Spot(call.node, "the factor is 0 at every step")
    seen = [value_at(source, function, step) for step in (1, 2, 5, 20, 100, 1000)]
    if all(result is not None and result.value == 0 for result in seen):
        yield Spot(call.node, "the factor is 0 from the second step on")
    highest, built = highest_factor(source, function), rate_of_schedule(source, call)
    if call.word != "LambdaLR" or highest is None or built is None or highest >= _NO_FACTOR:
        return
    if highest * built[0] <= _NOTHING:
        saw = (
            f"the factor of line {call.node.lineno} is {highest:.1e} at most, a rate in "
            f"itself: with lr={built[0]:g} it is {highest * built[0]:.0e}"
        )
        yield Spot(built[1], saw)


_NO_FACTOR = 0.01  # a factor that stays below is meant as the rate, with lr=1


def _rate_in_factor(source: Source, call: Call, function: Scope) -> str:
    """Return what lr= of the optimizer is set to, where each value of a factor is a part of it."""
    optimizer = source.key(call.argument(0, "optimizer"), call.scope)
    made = {id(item.value) for item in source.assignments.get(optimizer, ())}
    for built in optimizer_calls(source) if optimizer else ():
        rate = setting(source, built, 1, "lr") if id(built.node) in made else None
        if rate is None or not isinstance(rate[0], (ast.Name, ast.Attribute)):
            continue
        value, key = number(source, *rate), source.key(*rate)
        shares = [key in _factors(source, r.value, function) for r in function.returns]
        if key and value is not None and value <= _MOST_SQUARED and shares and all(shares):
            return ast.unparse(rate[0])
    return ""


_MOST_SQUARED = 0.1  # a rate of which the square is no rate


def _factors(source: Source, expr: ast.expr, scope: Scope) -> set[str]:
    """Return the keys of what a product is made of: of p * (1 + x) / 2 that of p."""
    if isinstance(expr, ast.BinOp) and isinstance(expr.op, (ast.Mult, ast.Div)):
        right = _factors(source, expr.right, scope) if isinstance(expr.op, ast.Mult) else set()
        return _factors(source, expr.left, scope) | right
    return {source.key(expr, scope)} - {""}
