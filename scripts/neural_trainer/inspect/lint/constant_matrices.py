"""Matrices that learn, begin at one number and multiply what goes through a model."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from neural_trainer.inspect.lint.scope import Scope
from neural_trainer.inspect.lint.settings import number, truth
from neural_trainer.inspect.lint.source import Source


def constant_matrices(source: Source) -> Iterator[tuple[ast.Call, str]]:
    """Yield where each matrix of one number is made that inputs are multiplied with, and its name.

    One of zeros alone may begin as nothing; two of one function give each other no gradient.
    """
    zeros: dict[int, list[tuple[ast.Call, str]]] = {}
    learns = re.search(r"requires_grad|Parameter", source.text)
    for key, items in source.assignments.items() if learns else ():
        made = items[0].value if len(items) == 1 and items[0].element is None else None
        for call in _learnt(source, made, items[0].scope):
            value = _one_number(source, call, items[0].scope)
            name, scope = key.partition(":")[2], items[0].scope
            within = source.class_around(scope) or source.module
            if value is None or not _multiplies(within, name) or _is_set(within, name):
                continue
            if value:
                yield call, name
            else:
                zeros.setdefault(within.number, []).append((call, name))
    for found in zeros.values():
        yield from found if len(found) > 1 else ()


def is_own_matrix(source: Source, target: ast.expr, scope: Scope) -> bool:
    """Tell whether self.w is a matrix that its class multiplies with and sets just once."""
    cls, name = source.class_around(scope), ast.unparse(target)
    items = source.assignments.get(source.key(target, scope), [])
    made = items[0].value if len(items) == 1 else None
    if cls is None or not isinstance(made, ast.Call) or not made.args:
        return False
    inner = made.args[0]
    sizes = inner.args if isinstance(inner, ast.Call) else []
    nested = sizes[0] if sizes else None
    sizes = nested.elts if isinstance(nested, (ast.Tuple, ast.List)) else sizes
    wide = [s for s in sizes if not isinstance(s, ast.Constant) or s.value not in (0, 1)]
    learns = source.name(made.func, items[0].scope).endswith("nn.Parameter")
    text, own = ast.unparse(cls.node), re.escape(name)
    sets = re.findall(rf"\w_\({own}\b|{own}(?:\.data)?\.\w+_\(", text)
    return learns and len(wide) == len(sizes) == 2 and len(sets) == 1 and _multiplies(cls, name)


def _learnt(source: Source, made: ast.expr | None, scope: Scope) -> Iterator[ast.Call]:
    """Yield the tensors that learn of what a variable is given: its own, or those of a list."""
    if isinstance(made, ast.Call) and source.name(made.func, scope).endswith("ParameterList"):
        made = made.args[0] if made.args else None
    if isinstance(made, (ast.ListComp, ast.GeneratorExp)):
        made = made.elt
    for each in made.elts if isinstance(made, ast.List) else [made]:
        if not isinstance(each, ast.Call):
            continue
        on = any(k.arg == "requires_grad" and truth(source, k.value, scope) for k in each.keywords)
        switched = getattr(each.func, "attr", "") == "requires_grad_" and not each.args
        if on or switched or source.name(each.func, scope).endswith("nn.Parameter"):
            yield each


def _one_number(source: Source, made: ast.Call, scope: Scope) -> float | None:
    """Return the one number, times what it is scaled by, that a new matrix is filled with."""
    value: ast.expr = made
    if source.name(made.func, scope).endswith("nn.Parameter") and made.args:
        value = made.args[0]
    elif getattr(made.func, "attr", "") == "requires_grad_":
        value = made.func.value  # type: ignore[attr-defined]
    while isinstance(value, ast.BinOp) and isinstance(value.op, (ast.Mult, ast.Div)):
        value = value.left if isinstance(value.left, (ast.Call, ast.BinOp)) else value.right
    if not isinstance(value, ast.Call) or not value.args:
        return None
    word = source.name(value.func, scope)
    nested = isinstance(value.args[0], (ast.Tuple, ast.List))
    sizes = value.args[0].elts if nested else value.args  # type: ignore[attr-defined]
    wide = [s for s in sizes if not isinstance(s, ast.Constant) or s.value not in (0, 1)]
    if len(sizes) != 2 or len(wide) != 2 or word not in FILLED or (word == "torch.full") > nested:
        return None
    return FILLED[word] if word != "torch.full" else _filled_with(source, value, scope)


def _filled_with(source: Source, full: ast.Call, scope: Scope) -> float | None:
    """Return the number that torch.full fills with; of a share such as 1 / n any but 0."""
    given = [k.value for k in full.keywords if k.arg == "fill_value"]
    value = (full.args[1:] or given or [None])[0]  # type: ignore[list-item]
    known = number(source, value, scope)
    if known is not None or not isinstance(value, ast.BinOp):
        return known
    top = number(source, value.left, scope)
    share = isinstance(value.op, ast.Div) and top is not None
    root = isinstance(value.op, ast.Pow) and (number(source, value.right, scope) or 0) < 0
    return top if share else 1.0 if root else None


FILLED = {"torch.ones": 1.0, "torch.zeros": 0.0, "torch.full": 0.0}


def _multiplies(cls: Scope, name: str) -> bool:
    """Tell whether a class multiplies with an attribute as a matrix: x @ self.w, F.linear."""
    names = "|".join(map(re.escape, {name, *_elements_of(cls, name)}))
    own = re.compile(rf"(?:{names})(?:\[[^\]]*\])?(?:\.(?:T|mT|t\(\)))?")
    for node in ast.walk(cls.node):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
            if own.fullmatch(ast.unparse(node.right)):
                return True
        elif isinstance(node, ast.Call) and node.args:
            given = node.args[1] if len(node.args) > 1 else node.args[0]
            word = getattr(node.func, "attr", "")
            if word in ("linear", "matmul", "mm", "addmm") and own.fullmatch(ast.unparse(given)):
                return True
    return False


def _elements_of(cls: Scope, name: str) -> set[str]:
    """Return the names that run over a list, with others as may be: for w, b in zip(ws, bs)."""
    found = set()
    for node in ast.walk(cls.node):
        if isinstance(node, (ast.For, ast.comprehension)):
            over = node.iter.args if isinstance(node.iter, ast.Call) else [node.iter]
            targets = node.target.elts if isinstance(node.target, ast.Tuple) else [node.target]
            found |= {
                ast.unparse(target)
                for target, each in zip(targets, over)  # noqa: B905
                if re.match(rf"{re.escape(name)}(?:\[|$)", ast.unparse(each))
            }
    return found


def _is_set(cls: Scope, name: str) -> bool:
    """Tell whether a class sets an attribute in place: nn.init.xavier_uniform_(self.w)."""
    text = re.escape(name)
    return bool(re.search(rf"\w_\({text}\b|{text}(?:\.data)?\.\w+_\(", ast.unparse(cls.node)))
