"""Which schedulers configure_optimizers gives Lightning, and how often it steps each."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from neural_trainer.inspect.lint.parts import entry, made_of, settled_through
from neural_trainer.inspect.lint.roles import SCHEDULER, role
from neural_trainer.inspect.lint.scope import Scope
from neural_trainer.inspect.lint.settings import word
from neural_trainer.inspect.lint.source import Source

STEP, EPOCH = "step", "epoch"


class Schedule(NamedTuple):
    """A scheduler, where it is handed over, and its interval: "step", "epoch" or "" if unknown."""

    scheduler: ast.expr
    scope: Scope
    node: ast.expr
    interval: str


def lightning_schedules(source: Source) -> Iterator[Schedule]:
    """Yield each scheduler that a module with automatic optimisation gives Lightning."""
    if "configure_optimizers" not in source.text or source.called("lr_schedulers"):
        return
    for scope in source.scopes:
        own = scope.name == "configure_optimizers" and scope.is_method
        for result in scope.returns if own else ():
            for value, at in made_of(source, result.value, scope):
                yield from _returned(source, value, at)


def _returned(source: Source, value: ast.expr, scope: Scope) -> Iterator[Schedule]:
    """Yield the schedulers of {"lr_scheduler": ...}, of several such, of two lists."""
    if isinstance(value, (ast.Dict, ast.Call)):
        given = entry(value, "lr_scheduler")
        if given is not None:
            yield from _handed_over(source, given, scope, value)
    elif isinstance(value, (ast.Tuple, ast.List)):
        for each, at in (held for e in value.elts for held in made_of(source, e, scope)):
            if isinstance(each, (ast.Dict, ast.Call)):
                yield from _returned(source, each, at)
        second = value.elts[1] if len(value.elts) == 2 else None
        for listed, at in made_of(source, second, scope) if second is not None else ():
            for each in listed.elts if isinstance(listed, (ast.List, ast.Tuple)) else ():
                yield from _handed_over(source, each, at, value)


def _handed_over(
    source: Source, given: ast.expr, scope: Scope, node: ast.expr
) -> Iterator[Schedule]:
    """Yield a scheduler that is given as it is, which steps each epoch, or with its interval."""
    if role(source, given, scope) == SCHEDULER:
        built = not isinstance(given, ast.Name) or all(
            isinstance(value, ast.Call) for value, _ in settled_through(source, given, scope)
        )
        if built:
            yield Schedule(given, scope, node, EPOCH)
            return
    for value, at in settled_through(source, given, scope):
        scheduler = entry(value, "scheduler")
        if scheduler is not None:
            yield Schedule(scheduler, at, value, _interval(source, given, scope, value, at))


def _interval(source: Source, given: ast.expr, scope: Scope, options: ast.expr, at: Scope) -> str:
    """Return the interval of a dict of options, put in later too; Lightning's own is an epoch."""
    key = source.key(given, scope)
    put = source.assignments.get(f"{key}['interval']", []) if key else []
    said = put[-1].value if put else entry(options, "interval")
    if said is None:
        return EPOCH
    return word(source, said, put[-1].scope if put else at) or ""
