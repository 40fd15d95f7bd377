"""Losses that add a sum over the batch to a mean over it, by weights that do not make up for it."""

from __future__ import annotations

import ast
import math

from neural_trainer.inspect.lint.averages import is_average
from neural_trainer.inspect.lint.loss_calls import reduction
from neural_trainer.inspect.lint.scope import Place, Scope
from neural_trainer.inspect.lint.settings import number
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.summands import Summand, summands

HALF = 0.5
"""The factor of a square or of a divergence in the books; a smaller one is a weight."""
_MOST = 10  # a factor of a mean that is larger may be there to make up for the sum


def sum_beside_mean(
    source: Source, loss: ast.expr, scope: Scope, place: Place
) -> tuple[ast.expr, int] | None:
    """Return a term that is summed over the batch and the line of one that is averaged."""
    terms = list(summands(source, loss, scope, place))
    means = [term for term in terms if _is_mean(source, term)]
    for term in terms if means else ():
        weight = _weight(source, term)
        summed = _summed(source, term) if weight is not None and weight >= HALF else None
        if summed is not None:
            return summed, means[0].expr.lineno
    return None


def _is_mean(source: Source, term: Summand) -> bool:
    weight = _weight(source, term)
    light = weight is not None and weight <= _MOST
    return light and is_average(source, term.expr, term.scope, term.place)


def _weight(source: Source, term: Summand) -> float | None:
    """Return the size of what a term is multiplied by, None where a part of it is out of sight."""
    known = [number(source, *factor) for factor in term.factors]
    return None if None in known else abs(math.prod(f for f in known if f is not None))


def _summed(source: Source, term: Summand) -> ast.expr | None:
    """Return where a term is summed over all there is: by a loss of torch, or a sum by hand."""
    how, built = reduction(source, term.expr, term.scope)
    if how == "sum" and built is not None:
        return built
    call = term.expr
    if not isinstance(call, ast.Call) or call.keywords:
        return None
    whole = source.name(call.func, term.scope) == "torch.sum" and len(call.args) == 1
    inner = call.args[0] if whole else None
    if isinstance(call.func, ast.Attribute) and call.func.attr == "sum" and not call.args:
        inner = call.func.value
    if inner is None or not _is_divergence(source, inner, term.scope, term.place):
        return None
    return call


def _is_divergence(source: Source, inner: ast.expr, scope: Scope, place: Place) -> bool:
    """Tell whether a value is a divergence of each item: of distributions, or by its logarithm.

    1 + logvar - mu.pow(2) - logvar.exp(), where these are what a model gave and no weights of one.
    """
    if isinstance(inner, ast.Name):
        last = source.last_value(inner, scope, place)
        inner = last.value if last is not None and last.element is None else inner
    if isinstance(inner, ast.Call):
        return source.name(inner.func, scope).endswith(".kl_divergence")
    nodes = list(ast.walk(inner))
    if any(isinstance(n, ast.Attribute) and getattr(n.value, "id", "") == "self" for n in nodes):
        return False
    words = [getattr(n.func, "attr", "") for n in nodes if isinstance(n, ast.Call)]
    squares = any(isinstance(n, ast.Pow) for n in nodes) or {"pow", "square"} & set(words)
    return isinstance(inner, ast.BinOp) and "exp" in words and bool(squares)
