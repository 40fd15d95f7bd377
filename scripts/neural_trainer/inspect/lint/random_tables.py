"""Whether a table of numbers is drawn at random, before others may be put in."""

from __future__ import annotations

import ast
import re

from neural_trainer.inspect.lint.parts import settled
from neural_trainer.inspect.lint.scope import Scope
from neural_trainer.inspect.lint.source import Source

_DRAWS = re.compile(
    r"torch\.(?:randn?|normal|nn\.init\.\w*(?:uniform|normal)_)"
    r"|numpy\.random\.(?:randn?|normal|uniform|standard_normal)"
)
_SAME = re.compile(r"torch\.(?:tensor|as_tensor|from_numpy|FloatTensor|stack)|numpy\.\w*array")


def is_drawn(source: Source, table: ast.expr, scope: Scope, depth: int = 6) -> bool:
    """Tell whether a table is drawn at random: through names, functions, scales and copies."""
    if depth == 0:
        return False
    if isinstance(table, ast.BinOp):
        return any(is_drawn(source, s, scope, depth - 1) for s in (table.left, table.right))
    if isinstance(table, ast.Call):
        name = source.name(table.func, scope)
        if _DRAWS.fullmatch(name) or getattr(table.func, "attr", "") in ("uniform_", "normal_"):
            return True
        if _SAME.fullmatch(name) and table.args:
            return is_drawn(source, table.args[0], scope, depth - 1)
        made = source.defined(table.func, scope)
        if made is not None and made.is_function:
            return any(is_drawn(source, r.value, made, depth - 1) for r in made.returns)
        owner = table.func.value if isinstance(table.func, ast.Attribute) and not name else None
        return owner is not None and is_drawn(source, owner, scope, depth - 1)
    if not isinstance(table, (ast.Name, ast.Attribute)):
        return False
    given = settled(source, table, scope)
    return bool(given) and any(is_drawn(source, *each, depth - 1) for each in given)
