"""What share of the rate a schedule of PyTorch leaves by its settings, and how often it steps."""

from __future__ import annotations

import ast

from neural_trainer.inspect.lint.aliases import call_of_partial
from neural_trainer.inspect.lint.course import courses
from neural_trainer.inspect.lint.factors import value_at
from neural_trainer.inspect.lint.parts import settled_through
from neural_trainer.inspect.lint.scope import Call, Loop, Scope, taken_from
from neural_trainer.inspect.lint.settings import number, setting
from neural_trainer.inspect.lint.source import Source


def option(
    source: Source, call: Call, position: int, name: str, default: float | None = None
) -> float | None:
    """Return a number that a schedule is built with, None where it cannot be told."""
    given = setting(source, call, position, name)
    return number(source, *given) if given is not None else default


def factor_of(source: Source, call: Call) -> Scope | None:
    """Return the function of this file that a LambdaLR multiplies the rate with."""
    given = call.argument(1, "lr_lambda")
    if given is None:
        return None
    bound = call_of_partial(given)
    function = source.defined(bound.func if bound is not None else given, call.scope)
    return function if function is not None and function.is_function else None


def left_at(source: Source, call: Call, step: float) -> float | None:
    """Return which part of the rate is left after so many steps, None where it cannot be told."""
    if call.word in ("LambdaLR", "MultiplicativeLR"):
        function = factor_of(source, call)
        result = value_at(source, function, step) if function is not None else None
        if result is None:
            return None
        return result.value if call.word == "LambdaLR" else _power(result.value, step)
    if call.word == "ExponentialLR":
        return _power(option(source, call, 1, "gamma"), step)
    if call.word == "StepLR":
        every = option(source, call, 1, "step_size")
        return _power(option(source, call, 2, "gamma", 0.1), step // every) if every else None
    if call.word == "MultiStepLR":
        given = setting(source, call, 1, "milestones")
        held = settled_through(source, *given) if given is not None else []
        each = held[0][0].elts if len(held) == 1 and isinstance(held[0][0], _LISTS) else [None]
        ends = [number(source, end, held[0][1]) if held else None for end in each]
        passed = None if None in ends else sum(end <= step for end in ends if end is not None)
        return _power(option(source, call, 2, "gamma", 0.1), passed)
    if call.word in ("PolynomialLR", "LinearLR"):
        return _down_to_end(source, call, step)
    return None


_LISTS = (ast.List, ast.Tuple)


def _power(gamma: float | None, times: float | None) -> float | None:
    if gamma is None or times is None or not 0 <= gamma <= 1:
        return None
    return float(gamma**times)


def _down_to_end(source: Source, call: Call, step: float) -> float | None:
    """Return what a PolynomialLR or LinearLR leaves once it has come to its end, else 1."""
    at = 1 if call.word == "PolynomialLR" else 3
    length = option(source, call, at, "total_iters", 5)
    end = 0.0 if call.word == "PolynomialLR" else option(source, call, 2, "end_factor", 1.0)
    return None if length is None or end is None else end if step >= length else 1.0


def fewest_steps(source: Source, built: Call) -> float | None:
    """Return how often the loops in sight step the schedule that `built` builds, at least."""
    keys = {
        key
        for key, items in source.assignments.items()
        if any(item.value is built.node for item in items)
    }
    if not keys:
        return None
    counts = []
    for actions in courses(source, "step"):
        for action in actions:
            if not action.is_call or action.word != "step" or action.place.branches:
                continue
            if keys & {action.receiver, source.key(action.call.receiver, action.call.scope)}:
                lengths = [loop_length(source, loop) for loop in action.place.loops]
                counts += [length for length in lengths if length is not None]
    return max(counts, default=None)


def loop_length(source: Source, loop: Loop) -> float | None:
    """Return how often a loop over range(n) runs."""
    over = taken_from(loop)
    while isinstance(over, ast.Call) and getattr(over.func, "id", "") in _AROUND:
        over = over.args[0] if over.args else None
    if not isinstance(over, ast.Call) or getattr(over.func, "id", "") not in ("range", "trange"):
        return None
    scope = _scopes_of_loops(source).get(loop, source.module)
    ends = [number(source, each, scope) for each in over.args]
    if not ends or None in ends or len(ends) > 2:
        return None
    known = [end for end in ends if end is not None]
    return known[0] if len(known) == 1 else known[1] - known[0]


_AROUND = ("tqdm", "enumerate", "zip")


def _scopes_of_loops(source: Source) -> dict[Loop, Scope]:
    if "scopes_of_loops" not in source.kept:
        source.kept["scopes_of_loops"] = {
            loop: scope
            for scope in source.scopes
            for event in scope.events
            for loop in event.place.loops
        }
    known: dict[Loop, Scope] = source.kept["scopes_of_loops"]
    return known
