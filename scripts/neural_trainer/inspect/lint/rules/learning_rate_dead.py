"""The learning rate is zero, or decays to nothing long before training ends.

Look: an optimizer with lr of 1e-9 or less; a schedule with gamma=0, a factor
that is always 0, or one whose decay leaves less than a millionth of the rate
after a quarter of the epochs that the loop around scheduler.step() counts; a
rate set by hand that is multiplied by 0 or ends early. It stands at the number.

Reason: from there on no step moves a weight: the rest of the run is wasted, and
the loss looks as if it had converged.

Fix: a rate from a range test (neural-trainer preflight); a schedule that ends
where training ends.

Not reported: loops whose length is not in sight; schedules with restarts; rates
that other code sets, in a file that writes param_group["lr"].

Sources: PyTorch documentation, torch.optim.lr_scheduler; Smith 2017, arXiv
1506.01186 (range test).
"""

from __future__ import annotations

import ast
import re

from neural_trainer.inspect.lint.factors import value_at
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.optimizer_builds import optimizer_calls, optimizer_options
from neural_trainer.inspect.lint.scope import Assignment, Call, Loop, Scope, taken_from
from neural_trainer.inspect.lint.settings import given, number, setting, written
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.wording import mentions

ID = "learning-rate-dead"
CAUSE = "lr-schedule-wrong"
_DEAD = 1e-9
_NOTHING = 1e-6  # share of the first rate
_SETS_RATE = re.compile(r"\[ ?['\"]lr['\"] ?\]\s*[*/+-]?=[^=]")


def find(source: Source) -> list[Spot]:
    """Return where each rate is written that is zero, or soon is."""
    spots = []
    by_hand = _set_by_hand(source)
    for call in optimizer_calls(source):
        rates = optimizer_options(source, call, "lr")
        if _is_overruled(source, call, len(rates)):
            rates = rates[1:]
        numbers = [number(source, *each) for each in rates]
        dead = numbers and max(2.0 if r is None else r for r in numbers) <= _DEAD
        if dead and not mentions(source, _SETS_RATE):
            node = written(source, *rates[-1])
            line = call.node.lineno
            saw = f"lr={numbers[-1]:g} for the optimizer of line {line}: no step moves a weight"
            spots.append(Spot(call.node if node.lineno == line else node, saw))
    for call in source.called(
        "StepLR", "ExponentialLR", "LambdaLR", "MultiplicativeLR", "OneCycleLR"
    ):
        if source.called_name(call).startswith("torch.optim."):
            saw = _of_schedule(source, call)
            if saw:
                spots.append(Spot(call.node, saw))
    return spots + by_hand


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
            elif item.how == "=" and isinstance(item.value, ast.Call) and item.place.loops:
                spots += _ends_early(source, item)
    return spots


def _ends_early(source: Source, item: Assignment) -> list[Spot]:
    """Return what a function of the step gives after a quarter of the loop, where that is 0."""
    value = item.value
    function = source.defined(value.func, item.scope) if isinstance(value, ast.Call) else None
    length = max((_length(source, loop, item.scope) or 0 for loop in item.place.loops), default=0)
    if function is None or not function.is_function or not length:
        return []
    later = [value_at(source, function, int(length * part)) for part in (0.25, 0.5)]
    if any(result is None or result.value != 0 for result in later) or later[0] is None:
        return []
    saw = f"the rate is 0 after a quarter of the {length:g} steps (line {item.node.lineno})"
    return [Spot(later[0].node, saw)]


def _of_schedule(source: Source, call: Call) -> str:
    """Say how a schedule kills the rate, "" where it does not."""
    if call.word == "OneCycleLR":
        highest = setting(source, call, 1, "max_lr")
        rate = number(source, *highest) if highest is not None else None
        return "max_lr=0: the rate is 0 at every step" if rate == 0 else ""
    if call.word in ("LambdaLR", "MultiplicativeLR"):
        factor = call.argument(1, "lr_lambda")
        function = source.defined(factor, call.scope) if factor is not None else None
        if function is None:
            return ""
        values = [number(source, r.value, function) for r in function.returns]
        twice = _rate_in_factor(source, call, function)
        if twice:
            return f"{twice} is the rate already: a factor of it gives its square"
        if values and set(values) == {0.0}:
            return "the factor is 0 at every step"
        seen = [value_at(source, function, step) for step in (1, 2, 5, 20, 100, 1000)]
        dead = all(result is not None and result.value == 0 for result in seen)
        return "the factor is 0 from the second step on" if dead else ""
    at = 1 if call.word == "ExponentialLR" else 2
    given_gamma = setting(source, call, at, "gamma")
    gamma = number(source, *given_gamma) if given_gamma is not None else 0.1
    every: float | None = 1.0
    if call.word == "StepLR":
        given_size = setting(source, call, 1, "step_size")
        every = number(source, *given_size) if given_size is not None else None
    if gamma == 0:
        return "gamma=0: the rate is 0 from the first decay on"
    epochs = _fewest_steps(source, call)
    if gamma is None or not every or epochs is None or not 0 < gamma < 1:
        return ""
    left = gamma ** ((epochs / 4) // every)
    if left >= _NOTHING:
        return ""
    return f"after a quarter of {epochs:g} steps the rate is {left:.0e} of what it was"


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


def _fewest_steps(source: Source, built: Call) -> float | None:
    """Return how often the loops in sight step the schedule that `built` builds, at least."""
    keys = {
        key
        for key, items in source.assignments.items()
        if any(item.value is built.node for item in items)
    }
    counts = []
    for call in source.called("step"):
        if source.key(call.receiver, call.scope) in keys:
            lengths = [_length(source, loop, call.scope) for loop in call.place.loops]
            known = [length for length in lengths if length is not None]
            if known and not call.place.branches:
                counts.append(float(max(known)))
    return max(counts, default=None)


_AROUND = ("tqdm", "enumerate", "zip")


def _length(source: Source, loop: Loop, scope: Scope) -> float | None:
    """Return how often a loop over range(n) runs."""
    over = taken_from(loop)
    while isinstance(over, ast.Call) and getattr(over.func, "id", "") in _AROUND:
        over = over.args[0] if over.args else None
    if not isinstance(over, ast.Call) or getattr(over.func, "id", "") not in ("range", "trange"):
        return None
    ends = [number(source, each, scope) for each in over.args]
    if not ends or None in ends or len(ends) > 2:
        return None
    known = [end for end in ends if end is not None]
    return known[0] if len(known) == 1 else known[1] - known[0]
