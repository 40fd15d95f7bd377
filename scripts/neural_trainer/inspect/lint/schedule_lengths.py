"""Whether a length of a schedule counts epochs or batches, by its size and its words."""

from __future__ import annotations

import ast
import re

from neural_trainer.inspect.lint.scope import Scope
from neural_trainer.inspect.lint.settings import number
from neural_trainer.inspect.lint.source import Source

EPOCHS, BATCHES = "epochs", "batches"
OF_EPOCHS = re.compile(r"epoch", re.I)
_OF_BATCHES = re.compile(r"\blen\(|steps|iter|batch|updates|per_epoch", re.IGNORECASE)
# Literal sizes that can only count epochs: a schedule of batches has hundreds of steps at least.
_MOST_EPOCHS = 100
_MOST_NAMES = 4  # through which a length is handed on
LEAST_STEPS = 500  # of a warm-up or a cycle that counts batches
LEAST_GAMMA = 0.99  # .99 each batch leaves 4e-5 of the rate after 1000


def is_few(expr: ast.expr) -> bool:
    """Tell whether a number is written out that can only count epochs."""
    size = expr.value if isinstance(expr, ast.Constant) else None
    return isinstance(size, int) and size <= _MOST_EPOCHS


def unit_of_length(source: Source, expr: ast.expr, scope: Scope) -> str:
    """Return the unit of a length by the words of it, or of what it was set to."""
    if is_few(expr):
        return EPOCHS
    text, whole = ast.unparse(expr), expr
    at = scope
    for _ in range(_MOST_NAMES):
        named = isinstance(whole, (ast.Name, ast.Attribute))
        values = source.values(whole, at) if named else []
        if len(values) != 1 or isinstance(values[0][0], ast.Constant):
            break
        whole, at = values[0][:2]
        text = f"{text} {ast.unparse(whole)}"
    if _OF_BATCHES.search(text):
        return BATCHES
    sides = (whole.left, whole.right) if isinstance(whole, ast.BinOp) else ()
    if sides and not any(isinstance(side, ast.Constant) for side in sides):
        return ""  # epochs times something: in what unit cannot be told
    if OF_EPOCHS.search(text):
        return EPOCHS
    size = number(source, expr, scope)  # config["step_size"]
    return EPOCHS if size is not None and size <= _MOST_EPOCHS and size == int(size) else ""
