"""What a scheduler of the learning rate counts, epochs or batches, by how it was built."""

from __future__ import annotations

import ast
import re

from neural_trainer.inspect.lint.aliases import call_of_partial
from neural_trainer.inspect.lint.course import Action
from neural_trainer.inspect.lint.factor_units import unit_of_factor
from neural_trainer.inspect.lint.parts import Given, settled_through
from neural_trainer.inspect.lint.schedule_ends import loop_length
from neural_trainer.inspect.lint.schedule_lengths import (
    BATCHES,
    EPOCHS,
    LEAST_GAMMA,
    is_few,
    unit_of_length,
)
from neural_trainer.inspect.lint.scope import Call, Place, Scope
from neural_trainer.inspect.lint.settings import number, setting
from neural_trainer.inspect.lint.source import Source, word_in

_LENGTH = {  # argument that holds the length of a schedule: position and keyword
    "CosineAnnealingLR": (1, "T_max"),
    "CosineAnnealingWarmRestarts": (1, "T_0"),
    "PolynomialLR": (1, "total_iters"),
    "LinearLR": (3, "total_iters"),
    "OneCycleLR": (2, "total_steps"),
    "get_linear_schedule_with_warmup": (2, "num_training_steps"),
    "get_cosine_schedule_with_warmup": (2, "num_training_steps"),
    "get_scheduler": (3, "num_training_steps"),
    "CyclicLR": (3, "step_size_up"),
    "StepLR": (1, "step_size"),
    "MultiStepLR": (1, "milestones"),
    "SequentialLR": (2, "milestones"),
    "CosineLRScheduler": (1, "t_initial"),  # of timm
    "PolyLRScheduler": (1, "t_initial"),
    "StepLRScheduler": (1, "decay_t"),
}


def unit_of_scheduler(source: Source, action: Action) -> str:
    """Return what a scheduler counts by how it was built: "epochs", "batches" or ""."""
    receiver = action.call.receiver
    lengths = [loop_length(source, loop) for loop in action.place.loops[:1]]
    epochs = lengths[0] if len(action.place.loops) > 1 else None
    return unit_of(source, receiver, action.event.scope, epochs) if receiver is not None else ""


def unit_of(source: Source, scheduler: ast.expr, scope: Scope, epochs: float | None = None) -> str:
    """Return what a scheduler counts by how it was built: "epochs", "batches" or ""."""
    built = constructors(source, scheduler, scope)
    units = {_unit_of(source, call, scope, epochs) for call, scope in built}
    return units.pop() if len(units) == 1 else ""


def one_pass_length(source: Source, scheduler: ast.expr, scope: Scope) -> ast.expr | None:
    """Return the length of a schedule that is the batches of one pass: len(loader), no more.

    Of schedules that go down to their end and stay there.
    """
    found = []
    for call, at in constructors(source, scheduler, scope):
        kind = source.name(call.func, at).rpartition(".")[2]
        given = {k.arg: k.value for k in call.keywords}
        value: ast.expr | None = None
        if kind in _ENDS:
            position, keyword = _LENGTH[kind]
            value = given.get(keyword) or (
                call.args[position] if position < len(call.args) else None
            )
        elif kind == "LambdaLR":
            factor = given.get("lr_lambda") or (call.args[1] if len(call.args) > 1 else None)
            function = _function(source, factor, at) if factor is not None else None
            value = _ends_at(source, function) if function is not None else None
            at = function or at
        found.append(_as_one_pass(source, value, at) if value is not None else None)
    return found[0] if len(found) == 1 else None


_ENDS = ("PolynomialLR", "get_linear_schedule_with_warmup", "get_cosine_schedule_with_warmup")


def _ends_at(source: Source, function: Scope) -> ast.expr | None:
    """Return the length of a factor of the step that falls to 0: max(0, 1 - step / length)."""
    step = function.parameters[0] if function.parameters else ""
    body = function.node.body if isinstance(function.node, ast.Lambda) else None
    for result in [body] if body is not None else [r.value for r in function.returns]:
        for node in ast.walk(result):
            over = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub)
            share = node.right if over else None  # type: ignore[attr-defined]
            if not isinstance(share, ast.BinOp) or not isinstance(share.op, ast.Div):
                continue
            if ast.unparse(share.left) == step and "max(0" in ast.unparse(result):
                return share.right
    return None


def _as_one_pass(source: Source, expr: ast.expr, scope: Scope) -> ast.expr | None:
    """Return len(loader) where a length is that, through one name."""
    if isinstance(expr, (ast.Name, ast.Attribute)):
        values = source.values(expr, scope)
        if len(values) != 1 or values[0][2] is not None:
            return None
        expr, scope = values[0][0], values[0][1]
    counts = isinstance(expr, ast.Call) and getattr(expr.func, "id", "") == "len"
    named = counts and re.search(r"loader|_dl\b|batches", ast.unparse(expr))
    return expr if named else None


def constructors(
    source: Source, expr: ast.expr, scope: Scope, depth: int = 4
) -> list[tuple[ast.Call, Scope]]:
    """Return the calls that make a scheduler, through names, parameters and functions."""
    if depth == 0:
        return []
    if isinstance(expr, ast.Call):
        made = source.defined(expr.func, scope)
        if made is None or made.is_class:
            return [(expr, scope)]
        return [c for r in made.returns for c in constructors(source, r.value, made, depth - 1)]
    found = []
    for value, at, index in source.values(expr, scope):
        held: ast.expr | None = value
        if index is not None:  # sched of model, sched = accelerator.prepare(model, sched)
            prepared = isinstance(value, ast.Call) and word_in(value.func, _PREPARES)
            inside = prepared and index < len(value.args)  # type: ignore[attr-defined]
            held = value.args[index] if inside else None  # type: ignore[attr-defined]
        if held is not None and (index is None or source.key(held, at) != source.key(expr, scope)):
            found += constructors(source, held, at, depth - 1)
    return found


_PREPARES = frozenset({"prepare", "setup"})


def _unit_of(source: Source, made: ast.Call, scope: Scope, epochs: float | None) -> str:
    """Return what a schedule counts. epochs: how often the loop around all passes runs."""
    kind = source.name(made.func, scope).rpartition(".")[2]
    call = Call(made, kind, Place(), scope)
    if kind == "OneCycleLR":
        each = setting(source, call, 4, "steps_per_epoch")
        if each is not None:
            return EPOCHS if number(source, *each) == 1 else BATCHES
    if kind in ("LambdaLR", "MultiplicativeLR"):
        factor = setting(source, call, 1, "lr_lambda")
        function = _function(source, *factor) if factor is not None else None
        return unit_of_factor(source, function) if function is not None else ""
    if kind == "ExponentialLR":
        gamma = setting(source, call, 1, "gamma")
        size = number(source, *gamma) if gamma is not None else None
        return EPOCHS if size is not None and 0 < size <= LEAST_GAMMA else ""
    if kind == "ReduceLROnPlateau":
        patience = setting(source, call, 3, "patience") or (ast.Constant(10), scope)
        return EPOCHS if is_few(patience[0]) else ""
    if kind not in _LENGTH:
        return ""
    if kind == "SequentialLR" and (units := _of_parts(source, call) - {""}):
        return units.pop() if len(units) == 1 else ""
    length = setting(source, call, *_LENGTH[kind])
    if length is None or (kind == "LinearLR" and is_few(length[0])):
        return ""  # a warm-up of so few may count either
    units = {unit_of_length(source, *each) for each in _ends(source, *length)}
    unit = units.pop() if len(units) == 1 else ""
    return unit or (EPOCHS if kind in _WHOLE and _fits(source, *length, epochs) else "")


def _of_parts(source: Source, sequence: Call) -> set[str]:
    """Return what the schedules of a sequence count."""
    given = setting(source, sequence, 1, "schedulers")
    held = settled_through(source, *given) if given is not None else []
    return {
        unit_of(source, part, at)
        for listed, at in held
        if isinstance(listed, (ast.List, ast.Tuple))
        for part in listed.elts
    }


_WHOLE = ("StepLR", "MultiStepLR", "CosineAnnealingLR")
"""Schedules that take as long as the training does."""


def _ends(source: Source, length: ast.expr, scope: Scope) -> list[Given]:
    """Return the lengths of which one is given, or the milestones of a list, of settings too."""
    held = settled_through(source, length, scope)
    if len(held) == 1 and isinstance(held[0][0], (ast.List, ast.Tuple)):
        return [(each, held[0][1]) for each in held[0][0].elts]
    return [(length, scope)]


def _fits(source: Source, length: ast.expr, scope: Scope, epochs: float | None) -> bool:
    """Tell whether all of a length are numbers that are passed within the epochs of a loop."""
    sizes = [number(source, *each) for each in _ends(source, length, scope)]
    return epochs is not None and all(size is not None and 0 < size <= epochs for size in sizes)


def _function(source: Source, factor: ast.expr, scope: Scope, depth: int = 4) -> Scope | None:
    """Return the function of this file that a factor is, also by a name, or made by a function."""
    bound = call_of_partial(factor)
    factor = bound.func if bound is not None else factor
    function = source.defined(factor, scope)
    if function is not None or depth == 0:
        return function
    if isinstance(factor, ast.Call):
        maker = source.defined(factor.func, scope)
        results = maker.returns if maker is not None and maker.is_function else []
        only = results[0].value if len(results) == 1 else None
        return _function(source, only, maker, depth - 1) if only is not None and maker else None
    held = [(value, at) for value, at, _ in source.values(factor, scope)]
    return _function(source, *held[0], depth - 1) if len(held) == 1 else None
