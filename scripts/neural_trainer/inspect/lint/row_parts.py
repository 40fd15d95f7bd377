"""Parts of the rows of data: a slice, a cut in two, an index."""

from __future__ import annotations

import ast
import re


def rows_of(value: ast.expr) -> ast.Subscript | None:
    """Return the rows that a value is made of: x[:n] of x[:n].to_numpy(), of torch.tensor(x[:n])."""
    for _ in range(4):
        if isinstance(value, ast.Subscript):
            return value
        if not isinstance(value, ast.Call):
            return None
        method = isinstance(value.func, ast.Attribute) and not value.args
        if isinstance(value.func, ast.Attribute) and isinstance(value.func.value, ast.Subscript):
            method = True
        inner = value.func.value if method and isinstance(value.func, ast.Attribute) else None
        if inner is None and not value.args:
            return None
        value = inner if inner is not None else value.args[0]
    return None


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
        isinstance(index, ast.Slice) and index.lower is None and isinstance(index.upper, ast.Name)
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
