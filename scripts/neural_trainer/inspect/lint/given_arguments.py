"""What the calls of a function give its parameters: by place, keyword, or a starred value."""

from __future__ import annotations

import ast

from neural_trainer.inspect.lint.scope import Call, Scope, bound_arguments
from neural_trainer.inspect.lint.source import Source


def arguments_of(
    source: Source, function: Scope, name: str
) -> list[tuple[ast.expr, Call, int | None]]:
    """Return what each call gives a function as `name`, and which element of a starred value."""
    found: list[tuple[ast.expr, Call, int | None]] = []
    for call in source.callers.get(function.number, ()):
        value = bound_arguments(function, call).get(name)
        given = call.node.args
        stars = [n for n, each in enumerate(given) if isinstance(each, ast.Starred)]
        names = function.parameters[int(function.is_method) :]
        if value is not None:
            found.append((value, call, None))
        elif len(stars) == 1 and name in names:
            star, at = stars[0], names.index(name)
            after = len(names) - (len(given) - star - 1)  # where what follows the star begins
            starred = given[star]
            assert isinstance(starred, ast.Starred)
            if star <= at < after:
                found.append((starred.value, call, at - star))
            elif at >= after:
                found.append((given[star + 1 + at - after], call, None))
    return found
