"""What is one number, is filled with such one by one, or is one number of a series."""

from __future__ import annotations

import ast
import re

from neural_trainer.inspect.lint.scope import Scope
from neural_trainer.inspect.lint.settings import number
from neural_trainer.inspect.lint.source import Source


def is_scalar(source: Source, item: ast.expr, scope: Scope) -> bool:
    """Tell whether a value is one number: by its conversion, or a sum begun with a number."""
    if isinstance(item, ast.Call):
        return getattr(item.func, "id", "") in ("float", "int") or (
            getattr(item.func, "attr", "") == "item" and not item.args
        )
    given = (
        source.assignments.get(source.key(item, scope), []) if isinstance(item, ast.Name) else []
    )
    return bool(given) and number(source, given[0].value, scope) is not None


def is_list_of_numbers(source: Source, key: str) -> bool:
    """Tell whether a list is filled with numbers, one by one."""
    puts = [c for c in source.called("append", "insert") if source.key(c.receiver, c.scope) == key]
    return bool(puts) and all(
        c.node.args and is_scalar(source, c.node.args[-1], c.scope) for c in puts
    )


def is_next_of_series(item: Scope, part: ast.Subscript) -> bool:
    """Tell whether a part is one number of a series that __getitem__ also cuts windows of.

    Of one dimension: a window of it is given another, by unsqueeze or None.
    """
    series, at = ast.unparse(part.value), part.slice
    if isinstance(at, (ast.Slice, ast.Tuple)):
        return False
    text = ast.unparse(item.node)
    cut = rf"{re.escape(series)}\[[^\[\]:]*:[^\[\],]*\]"
    names = "|".join([cut, *re.findall(rf"(\w+) = {cut}\n", text)])
    wider = r"\.unsqueeze\((?:-1|1|dim=-1|dim=1)\)|\[:, None\]|\[\.\.\., None\]"
    return re.search(rf"(?:{names})(?:{wider})", text) is not None
