"""What a scheduler of the learning rate counts, epochs or batches, by how it was built."""

from __future__ import annotations

import ast
import re

from neural_trainer.inspect.lint.course import Action
from neural_trainer.inspect.lint.factor_units import unit_of_factor
from neural_trainer.inspect.lint.parts import settled_through
from neural_trainer.inspect.lint.schedule_lengths import (
    BATCHES,
    EPOCHS,
    LEAST_GAMMA,
    is_few,
    unit_of_length,
)
from neural_trainer.inspect.lint.scope import Scope
from neural_trainer.inspect.lint.settings import number
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
}


def unit_of_scheduler(source: Source, action: Action) -> str:
    """Return what a scheduler counts by how it was built: "epochs", "batches" or ""."""
    receiver = action.call.receiver
    return unit_of(source, receiver, action.event.scope) if receiver is not None else ""


def unit_of(source: Source, scheduler: ast.expr, scope: Scope) -> str:
    """Return what a scheduler counts by how it was built: "epochs", "batches" or ""."""
    built = constructors(source, scheduler, scope)
    units = {_unit_of(source, call, scope) for call, scope in built}
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


def _unit_of(source: Source, call: ast.Call, scope: Scope) -> str:
    kind = source.name(call.func, scope).rpartition(".")[2]
    given = {k.arg: k.value for k in call.keywords}
    if kind == "OneCycleLR" and ("steps_per_epoch" in given or "total_steps" not in given):
        if "steps_per_epoch" not in given:
            return ""
        return EPOCHS if number(source, given["steps_per_epoch"], scope) == 1 else BATCHES
    if kind in _LENGTH:
        position, keyword = _LENGTH[kind]
        value = given.get(keyword) or (call.args[position] if position < len(call.args) else None)
        if value is None or (kind == "LinearLR" and is_few(value)):
            return ""  # a warm-up of so few may count either
        return unit_of_length(source, value, scope)
    if kind == "ReduceLROnPlateau":
        patience = given.get("patience", ast.Constant(10))
        return EPOCHS if is_few(patience) else ""
    if kind == "SequentialLR":
        milestones = given.get("milestones")
        each = milestones.elts if isinstance(milestones, ast.List) else []
        units = {unit_of_length(source, item, scope) for item in each}
        return units.pop() if len(units) == 1 else ""
    if kind in ("LambdaLR", "MultiplicativeLR"):
        factor = given.get("lr_lambda") or (call.args[1] if len(call.args) > 1 else None)
        function = _function(source, factor, scope) if factor is not None else None
        return unit_of_factor(source, function) if function is not None else ""
    if kind in ("StepLR", "MultiStepLR"):
        value = given.get("step_size") or given.get("milestones")
        value = value or (call.args[1] if len(call.args) > 1 else None)
        held = settled_through(source, value, scope) if value is not None else []
        if len(held) == 1 and isinstance(
            held[0][0], (ast.List, ast.Tuple)
        ):  # of a dict of settings
            value, scope = held[0]
        numbers = value.elts if isinstance(value, (ast.List, ast.Tuple)) else [value]
        if numbers and all(each is not None and is_few(each) for each in numbers):
            return EPOCHS
        return unit_of_length(source, value, scope) if value is not None else ""
    if kind == "ExponentialLR":
        value = given.get("gamma") or (call.args[1] if len(call.args) > 1 else None)
        gamma = value.value if isinstance(value, ast.Constant) else None
        return EPOCHS if isinstance(gamma, float) and gamma <= LEAST_GAMMA else ""
    return ""


def _function(source: Source, factor: ast.expr, scope: Scope, depth: int = 4) -> Scope | None:
    """Return the function of this file that a factor is, also by a name, or made by a function."""
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
