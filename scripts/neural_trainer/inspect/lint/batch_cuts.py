"""What a loop cuts from front to back, one piece a pass: x[i:i + n] of range(0, len(x), n).

As well x[b * n:(b + 1) * n] of range(number), and i += n of a `while`.
"""

from __future__ import annotations

import ast
import copy

from neural_trainer.inspect.lint.filled_in import PutIn
from neural_trainer.inspect.lint.scope import COMPREHENSIONS, Scope, taken_from
from neural_trainer.inspect.lint.source import Source


def cut_from_front(loop: ast.AST, source: Source, scope: Scope) -> set[str]:
    """Return what a loop cuts into neighbouring pieces, up to its end, as the file spells it."""
    counter = _counter(loop, source, scope)
    if counter is None:
        return set()
    name, step = counter
    given = {
        node.targets[0].id: node.value
        for node in ast.walk(loop)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    given.pop(name, None)
    found = set()
    for node in ast.walk(loop):
        if isinstance(node, ast.Subscript):
            rows = node.slice.elts[0] if isinstance(node.slice, ast.Tuple) else node.slice
            if isinstance(rows, ast.Slice) and _is_next_to_next(rows, name, step, given):
                found.add(ast.unparse(node.value))
    return found


def _counter(loop: ast.AST, source: Source, scope: Scope) -> tuple[str, ast.expr] | None:
    """Return the name that counts the passes of a loop over all of something, and its step."""
    if isinstance(loop, ast.While):
        grown = [n for n in loop.body if isinstance(n, ast.AugAssign) and _adds(n)]
        tested = {n.id for n in ast.walk(loop.test) if isinstance(n, ast.Name)}
        names = [(n.target.id, n.value) for n in grown if isinstance(n.target, ast.Name)]
        named = [each for each in names if each[0] in tested]
        return named[0] if len(named) == 1 and _is_whole(loop.test, source, scope) else None
    target = loop.generators[0].target if isinstance(loop, COMPREHENSIONS) else None
    target = target if target is not None else getattr(loop, "target", None)
    over = taken_from(loop)
    if isinstance(over, ast.Call) and getattr(over.func, "id", "") in ("tqdm", "trange"):
        over = over.args[0] if over.func.id == "tqdm" and over.args else over  # type: ignore[attr-defined]
    word = getattr(getattr(over, "func", None), "id", "")
    if not isinstance(over, ast.Call) or word not in ("range", "trange") or not over.args:
        return None
    end = over.args[1] if len(over.args) > 1 else over.args[0]
    if not isinstance(target, ast.Name) or not _is_whole(end, source, scope):
        return None
    return target.id, over.args[2] if len(over.args) == 3 else ast.Constant(1)


def _adds(node: ast.AugAssign) -> bool:
    return isinstance(node.op, ast.Add)


def _is_whole(end: ast.expr, source: Source, scope: Scope, depth: int = 3) -> bool:
    """Tell whether the end of a loop is worked out from the length of something."""
    text = ast.unparse(end)
    if "len(" in text or "shape" in text or "size(" in text:
        return True
    names = [n for n in ast.walk(end) if isinstance(n, (ast.Name, ast.Attribute))]
    return depth > 0 and any(
        _is_whole(value, source, at, depth - 1)
        for name in names
        for value, at, index in source.values(name, scope)
        if index is None and not isinstance(value, (ast.Constant, ast.Lambda))
    )


def _is_next_to_next(
    rows: ast.Slice, name: str, step: ast.expr, given: dict[str, ast.expr]
) -> bool:
    """Tell whether a slice begins in the next pass where it ends in this one."""
    if rows.lower is None or rows.upper is None or rows.step is not None:
        return False
    lower, upper = (_put_in(each, given) for each in (rows.lower, rows.upper))
    values: dict[str, int] = {name: 0}
    forward = _worth(step, values, name)
    ends, begins = [], []
    for turn in (0, 3):
        values[name] = turn * (forward or 0)
        ends.append(_worth(upper, values, name))
        values[name] = (turn + 1) * (forward or 0)
        begins.append(_worth(lower, values, name))
    return None not in ends and ends == begins and ends[0] != ends[1]


def _put_in(expr: ast.expr, given: dict[str, ast.expr]) -> ast.expr:
    for _ in range(2):  # end = start + n, start = b * n
        expr = PutIn(given).visit(copy.deepcopy(expr))
    return expr


def _worth(expr: ast.expr, values: dict[str, int], name: str) -> int | None:
    """Return what an expression is worth where each thing it names is a number of its own."""
    if isinstance(expr, ast.Constant):
        return expr.value if isinstance(expr.value, int) else None
    if isinstance(expr, ast.BinOp):
        left, right = _worth(expr.left, values, name), _worth(expr.right, values, name)
        if left is None or right is None:
            return None
        if isinstance(expr.op, ast.Mult):
            return left * right
        if isinstance(expr.op, ast.Add):
            return left + right
        return left - right if isinstance(expr.op, ast.Sub) else None
    if isinstance(expr, ast.Call) and getattr(expr.func, "id", "") == "min":  # up to the end
        inner = [a for a in expr.args if any(getattr(n, "id", "") == name for n in ast.walk(a))]
        return _worth(inner[0], values, name) if len(inner) == 1 else None
    if isinstance(expr, (ast.Name, ast.Attribute, ast.Subscript)):
        return values.setdefault(ast.unparse(expr), 101 + 37 * len(values))
    return None
