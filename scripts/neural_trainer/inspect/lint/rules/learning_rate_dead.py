"""The learning rate is zero, or decays to nothing long before training ends.

Look: an optimizer with lr of 1e-9 or less; a schedule with gamma=0, a factor
that is always 0, or one whose decay leaves less than a millionth of the rate
after a quarter of the epochs that the loop around scheduler.step() counts.

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

from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.optimizer_builds import optimizer_calls, optimizer_options
from neural_trainer.inspect.lint.scope import Call, Loop, Scope
from neural_trainer.inspect.lint.settings import given, number, setting
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.wording import mentions

ID = "learning-rate-dead"
CAUSE = "lr-schedule-wrong"
_DEAD = 1e-9
_NOTHING = 1e-6  # share of the first rate
_SETS_RATE = re.compile(r"\[ ?['\"]lr['\"] ?\]\s*[*/+-]?=[^=]")


def find(source: Source) -> list[Spot]:
    """Return each rate that is zero, or soon is."""
    spots = []
    for call in optimizer_calls(source):
        rates = [number(source, *each) for each in optimizer_options(source, call, "lr")]
        dead = rates and max(2.0 if r is None else r for r in rates) <= _DEAD
        if dead and not mentions(source, _SETS_RATE):
            set_on = {_set_on(source, *each) for each in optimizer_options(source, call, "lr")}
            other = sorted(set_on - {call.node.lineno})
            where = f", set on line {other[0]}" if other else ""
            spots.append(Spot(call.node, f"lr={rates[0]:g}{where}: no step moves a weight"))
    for call in source.called("StepLR", "ExponentialLR", "LambdaLR", "MultiplicativeLR"):
        if source.called_name(call).startswith("torch.optim."):
            saw = _of_schedule(source, call)
            if saw:
                spots.append(Spot(call.node, saw))
    return spots


def _set_on(source: Source, expr: ast.expr, scope: Scope) -> int:
    """Return the line where a rate is written down."""
    found = given(source, expr, scope)
    return found[0][0].lineno if len(found) == 1 else expr.lineno


def _of_schedule(source: Source, call: Call) -> str:
    """Say how a schedule kills the rate, "" where it does not."""
    if call.word in ("LambdaLR", "MultiplicativeLR"):
        factor = call.argument(1, "lr_lambda")
        function = source.defined(factor, call.scope) if factor is not None else None
        values = [number(source, r.value, function) for r in function.returns] if function else []
        return "the factor is 0 at every step" if values and set(values) == {0.0} else ""
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


def _length(source: Source, loop: Loop, scope: Scope) -> float | None:
    """Return how often a loop over range(n) runs."""
    over = None if isinstance(loop, ast.While) else loop.iter
    while isinstance(over, ast.Call) and getattr(over.func, "id", "") in ("tqdm", "enumerate"):
        over = over.args[0] if over.args else None
    if not isinstance(over, ast.Call) or getattr(over.func, "id", "") not in ("range", "trange"):
        return None
    ends = [number(source, each, scope) for each in over.args]
    if not ends or None in ends or len(ends) > 2:
        return None
    known = [end for end in ends if end is not None]
    return known[0] if len(known) == 1 else known[1] - known[0]
