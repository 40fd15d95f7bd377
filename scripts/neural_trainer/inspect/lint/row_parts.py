"""Parts of the rows of data: a slice, a cut in two, an index."""

from __future__ import annotations

import ast
import re


def rows_of(value: ast.expr) -> ast.Subscript | None:
    """Return the rows that a value is made of: x[:n] of x[:n].to_numpy(), of tensor(x[:n])."""
    for _ in range(4):
        if isinstance(value, ast.Subscript):
            return None if isinstance(value.slice, ast.Constant) else value
        if isinstance(value, (ast.ListComp, ast.GeneratorExp)):  # [x[i] for i in rows]
            target = ast.unparse(value.generators[0].target)
            picks = isinstance(value.elt, ast.Subscript) and ast.unparse(value.elt.slice) == target
            return value.elt if picks else None  # type: ignore[return-value]
        if not isinstance(value, ast.Call):
            return None
        word = getattr(value.func, "attr", getattr(value.func, "id", ""))
        if word in _SAME_ROWS and value.args:
            value = value.args[0]
        elif isinstance(value.func, ast.Attribute):
            value = value.func.value
        else:
            return None
    return None


_SAME_ROWS = frozenset({
    "tensor", "as_tensor", "from_numpy", "array", "asarray", "Tensor", "FloatTensor", "LongTensor",
    "DataFrame", "cat", "stack", "vstack", "concatenate", "concat",
})  # fmt: skip
"""Functions that give the rows that they are given, as another type."""


def cut_of(part: ast.Subscript) -> tuple[str, str] | None:
    """Return ("head", n) of x[:n] and ("tail", n) of x[n:], along the first axis."""
    index = part.slice.elts[0] if isinstance(part.slice, ast.Tuple) else part.slice
    if not isinstance(index, ast.Slice) or index.step is not None:
        return None
    if index.lower is None and index.upper is not None:
        return "head", ast.unparse(index.upper)
    if index.upper is None and index.lower is not None:
        return "tail", ast.unparse(index.lower)
    return None


def is_head(index: ast.expr) -> bool:
    """Tell whether an index takes what comes before a place: x[:cut]."""
    return (
        isinstance(index, ast.Slice)
        and index.lower is None
        and isinstance(index.upper, (ast.Name, ast.Constant, ast.Attribute))
    )


def is_of_rows(given: ast.expr) -> bool:
    """Tell whether a scaler is fitted to some of the rows: x[rows], x[:n], not table[columns]."""
    if not isinstance(given, ast.Subscript) or isinstance(given.slice, (ast.Constant, ast.List)):
        return False
    if isinstance(given.slice, ast.Tuple):
        first = given.slice.elts[0]
        return not isinstance(first, ast.Slice) or bool(first.lower or first.upper)
    return _COLUMNS.search(ast.unparse(given.slice)) is None


_COLUMNS = re.compile(r"col|feat|num|cat|name|field|var", re.IGNORECASE)


def begins_rows(index: ast.expr) -> bool:
    """Tell whether an index takes the first of all rows: range(n), range(0, n), order[:n]."""
    if isinstance(index, ast.Subscript):
        return is_head(index.slice)
    if not isinstance(index, ast.Call) or getattr(index.func, "id", "") not in ("range", "list"):
        return False
    if getattr(index.func, "id", "") == "list":
        return bool(index.args) and begins_rows(index.args[0])
    begin = index.args[0] if len(index.args) == 2 else None
    return len(index.args) == 1 or getattr(begin, "value", None) == 0
