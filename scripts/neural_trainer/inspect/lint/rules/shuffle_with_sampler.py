"""A DataLoader is given both a sampler and the option that the sampler replaces.

Look: DataLoader(..., shuffle=True, sampler=...) with a sampler that is built in
this file, or batch_sampler together with batch_size, shuffle, sampler or
drop_last; also where a call of the function around gives the two, or a class of
its own hands them to DataLoader.

Reason: both say which items come in which order. DataLoader raises ValueError
when it is built.

Fix: drop shuffle=True where there is a sampler; a sampler says its own order.

Not reported: a sampler that may be None; shuffle worked out from it, as in
shuffle=sampler is None.

Sources: PyTorch documentation, torch.utils.data.DataLoader (sampler,
batch_sampler: mutually exclusive).
"""

from __future__ import annotations

import ast
from typing import TypeGuard

from neural_trainer.inspect.lint.filled_in import filled_in, returns_of
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.loaders import loader_calls, loader_option
from neural_trainer.inspect.lint.scope import Call, Scope, bound_arguments
from neural_trainer.inspect.lint.settings import number, truth
from neural_trainer.inspect.lint.source import Source

ID = "shuffle-with-sampler"
CAUSE = ""


def find(source: Source) -> list[Spot]:
    """Return each DataLoader that has options which exclude each other."""
    spots = []
    for call in loader_calls(source):
        uses: list[Call | None] = [None, *source.uses(call.scope)]
        found = (_excluded(source, call, use) for use in uses)
        saw = next((each for each in found if each), "")
        if saw:
            spots.append(Spot(call.node, f"{saw}: DataLoader refuses both"))
    return spots


def _excluded(source: Source, call: Call, use: Call | None) -> str:
    """Return what excludes each other in a DataLoader, as `use` has it built, "" where nothing."""
    if use is not None:
        call = filled_in(source, call.scope, use.node, use.scope, call)
    if _is_on(source, call, "shuffle") and _is_built(source, call, "sampler", use):
        return "shuffle=True beside a sampler"
    if not _is_built(source, call, "batch_sampler", use):
        return ""
    other = next(
        (n for n in ("shuffle", "drop_last") if _is_on(source, call, n)),
        "sampler" if _is_built(source, call, "sampler", use) else "",
    )
    size = loader_option(source, call, "batch_size")
    several = size is not None and number(source, *size) not in (None, 1.0)
    return f"{other or 'batch_size'} beside a batch_sampler" if other or several else ""


def _is_on(source: Source, call: Call, name: str) -> bool:
    given = loader_option(source, call, name)
    return given is not None and truth(source, *given) is True


def _is_built(source: Source, call: Call, name: str, use: Call | None) -> bool:
    """Tell whether an option is an object made by a call, whatever the way through the code.

    use: the call of the function around, whose arguments stand for its parameters.
    """
    given = loader_option(source, call, name)
    if given is None:
        return False
    expr, scope = given
    own = isinstance(expr, ast.Name) and expr.id in call.scope.parameters and scope is call.scope
    if own and use is not None and source.key(expr, scope) not in source.assignments:
        handed = bound_arguments(call.scope, use).get(expr.id)  # type: ignore[attr-defined]
        return handed is not None and _is_object(source, handed, use.scope)
    return _is_object(source, expr, scope)


def _is_object(source: Source, expr: ast.expr, scope: Scope, depth: int = 4) -> bool:
    """Tell whether an expression is made by a call, and so is all that the call gives back."""
    if not isinstance(expr, ast.Call):
        values = list(source.values(expr, scope)) if depth else []
        return bool(values) and all(
            isinstance(value, ast.Call) and _gives(source, value, at, index, depth)
            for value, at, index in values
        )
    return _gives(source, expr, scope, None, depth)


def _gives(source: Source, call: ast.Call, at: Scope, index: int | None, depth: int) -> bool:
    """Tell whether what a call gives back, or element `index` of it, is an object always."""
    made = source.defined(call.func, at)
    if made is None or not made.is_function:
        return True
    results = returns_of(source, made, call, at)
    parts = [r.elts[index] if index is not None and _has(r, index) else r for r in results]
    return bool(parts) and all(_is_object(source, part, made, depth - 1) for part in parts)


def _has(expr: ast.expr, index: int) -> TypeGuard[ast.Tuple]:
    return isinstance(expr, ast.Tuple) and index < len(expr.elts)
