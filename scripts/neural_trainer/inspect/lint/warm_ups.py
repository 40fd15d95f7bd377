"""Whether a schedule of the rate begins low, and what turns the warm-up of one off."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from neural_trainer.inspect.lint.aliases import call_of_partial
from neural_trainer.inspect.lint.factors import expression_at, value_at
from neural_trainer.inspect.lint.parts import settled
from neural_trainer.inspect.lint.roles import SCHEDULER, built_role, role
from neural_trainer.inspect.lint.scope import FUNCTIONS, Call, Scope
from neural_trainer.inspect.lint.settings import (
    given,
    number,
    ruled_out,
    setting,
    truth,
    written,
)
from neural_trainer.inspect.lint.source import Source

_WARM = re.compile(r"warm(?!_?restart|_?start)|ramp(?:_|up|$)|burn_?in", re.IGNORECASE)
_AT = (0, 1, 5, 20, 100, 1000)
"""Steps at which a factor is looked at: a warm-up of fewer steps is none."""
_LOW = 0.9  # of the highest factor


def begins_low(source: Source) -> bool:
    """Tell whether a schedule in sight begins below the full rate, or may."""
    calls = [c for calls in source.calls.values() for c in calls if _is_schedule(source, c)]
    run = [c for c in calls if not ruled_out(source, c.place, c.scope)]
    if any(_begins_low(source, call) for call in run):
        return True
    return _by_hand(source) or any(not _is_none(source, *each) for each in warm_settings(source))


def _is_none(source: Source, expr: ast.expr, scope: Scope) -> bool:
    """Tell whether what is called a warm-up is 0, or off."""
    return number(source, expr, scope) == 0 or truth(source, expr, scope) is False


def turned_off(source: Source) -> list[ast.expr]:
    """Return what takes the warm-up off a schedule that has one: its call, or the setting of 0."""
    found: list[ast.expr] = []
    for call in source.called("OneCycleLR"):
        if source.called_name(call).startswith("torch.") and not _begins_low(source, call):
            found.append(call.node)
    zeros = [written(source, *each) for each in warm_settings(source)]
    if source.called("LambdaLR") or _rate_is_set(source):
        found += [node for node in zeros if isinstance(node, ast.Constant) and node.value == 0]
    return found


def _is_schedule(source: Source, call: Call) -> bool:
    name = source.called_name(call)
    return bool(name) and role(source, call.node, call.scope) == SCHEDULER


def _begins_low(source: Source, call: Call) -> bool:
    """Tell whether one schedule begins low; one of another file may."""
    name = source.called_name(call)
    word = name.rpartition(".")[2]
    if word == "LinearLR":
        return (_option(source, call, 1, "start_factor", 1 / 3)) < 1
    if word == "OneCycleLR":
        rises = _option(source, call, 5, "pct_start", 0.3) > 0
        return rises and _option(source, call, 10, "div_factor", 25.0) > 1
    if word in ("LambdaLR", "MultiplicativeLR"):
        return _factor_rises(source, call)
    if word == "CyclicLR":
        return True
    if name.startswith("torch.optim."):
        return False
    if name.startswith("timm.scheduler."):
        return _option(source, call, 99, "warmup_t", 0.0) > 0
    if name.startswith("transformers."):
        place = 2 if word == "get_scheduler" else 1
        return _option(source, call, place, "num_warmup_steps", 0.0) > 0
    return True


def _option(source: Source, call: Call, position: int, name: str, default: float) -> float:
    """Return an option of a schedule; infinite where it is worked out."""
    given = setting(source, call, position, name)
    value = number(source, *given) if given is not None else default
    return float("inf") if value is None else value


def _factor_rises(source: Source, call: Call) -> bool:
    """Tell whether the factor of a LambdaLR begins below its highest value, or may."""
    given = call.argument(1, "lr_lambda")
    values = settled(source, given, call.scope) if given is not None else []
    made = [each for value, at in values for each in _functions(source, value, at)]
    made = made or [f for f in [source.defined(given, call.scope)] if f is not None]
    if not made or not all(each.is_function for each in made):
        return True
    for function in made:
        seen = [value_at(source, function, at) for at in _AT]
        known = [result.value for result in seen if result is not None]
        if len(known) < len(seen) or known[0] < _LOW * max(known):
            return True
    return False


def _functions(source: Source, value: ast.expr, at: Scope) -> list[Scope]:
    """Return the functions of this file that a factor is: itself, of a partial, each of a list."""
    if isinstance(value, (ast.List, ast.Tuple)):
        return [each for e in value.elts for each in _functions(source, e, at)]
    bound = call_of_partial(value)
    function = source.defined(bound.func if bound is not None else value, at)
    return [function] if function is not None else []


def warm_settings(source: Source) -> Iterator[tuple[ast.expr, Scope]]:
    """Yield what is called a warm-up where it is used: names, attributes, items, keywords."""
    for scope in source.scopes:
        for node in _own(scope.node):
            if isinstance(node, ast.keyword) and _WARM.search(node.arg or ""):
                yield node.value, scope
            elif isinstance(node, ast.Call):
                called = node.func
                word = getattr(called, "attr", getattr(called, "id", ""))
                known = source.name(called, scope).startswith(("torch.", "transformers."))
                inside = source.defined(called, scope) is not None
                if _WARM.search(word) and not (known or inside):
                    yield called, scope
            elif isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)):
                value = _named_warm(source, node, scope)
                if value is not None:
                    yield value, scope


def _named_warm(source: Source, node: ast.expr, scope: Scope) -> ast.expr | None:
    """Return what is read under a name of a warm-up, None for functions and other names."""
    index = node.slice if isinstance(node, ast.Subscript) else None
    word = getattr(node, "attr", getattr(node, "id", getattr(index, "value", "")))
    if not _WARM.search(str(word)) or not isinstance(getattr(node, "ctx", None), ast.Load):
        return None
    known = bool(source.name(node, scope)) or source.defined(node, scope) is not None
    judged = built_role(source, node, scope) == SCHEDULER  # by the call that builds it
    return None if known or judged else node


def _own(root: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a scope without those of functions and classes in it."""
    waiting = list(ast.iter_child_nodes(root))
    while waiting:
        node = waiting.pop()
        if not isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            yield node
            waiting += list(ast.iter_child_nodes(node))


def _set_by_hand(source: Source) -> Iterator[tuple[ast.expr, str, Scope]]:
    """Yield each value that a group of an optimizer is given as its rate, and how."""
    for items in source.assignments.values():
        for item in items:
            if isinstance(item.target, ast.Subscript) and ast.unparse(item.target.slice) == "'lr'":
                value, scope = item.value, item.scope
                for _ in range(3):  # lr = rate(step); group["lr"] = lr
                    held = given(source, value, scope)
                    value, scope = held[0] if len(held) == 1 else (value, scope)
                yield value, item.how, scope


def _rate_is_set(source: Source) -> bool:
    return next(_set_by_hand(source), None) is not None


def _by_hand(source: Source) -> bool:
    """Tell whether a rate that is set by hand begins low, or may."""
    for value, how, scope in _set_by_hand(source):
        names = {
            node.id: number(source, node, scope)
            for node in ast.walk(value)
            if isinstance(node, ast.Name)
        }
        steps = [name for name, known in names.items() if known is None]
        begin, later = (
            expression_at(source, value, scope, **dict.fromkeys(steps, float(at))) for at in (0, 10)
        )
        if how != "=" or begin is None or later is None or begin < later:
            return True
    return False
