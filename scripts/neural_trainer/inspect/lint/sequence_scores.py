"""Models of transformers that score a sequence by one number, and the labels they are given."""

from __future__ import annotations

import ast

from neural_trainer.inspect.lint.scope import Call
from neural_trainer.inspect.lint.settings import number, setting
from neural_trainer.inspect.lint.source import Source


def scores_one(source: Source) -> bool:
    """Tell whether all models of transformers in a file score a sequence by one number each."""
    calls = [c for c in source.called("from_pretrained", "from_config") if _scores(source, c)]
    asked = [setting(source, call, 99, "num_labels") for call in calls]
    return bool(calls) and all(a is not None and number(source, *a) == 1 for a in asked)


def _scores(source: Source, call: Call) -> bool:
    return source.called_name(call).rpartition(".")[0].endswith("ForSequenceClassification")


def is_label(source: Source, expr: ast.expr) -> bool:
    """Tell whether an expression takes "labels" of a batch: one number for each, by a collator."""
    if isinstance(expr, ast.Call) and getattr(expr.func, "attr", "") in ("pop", "get"):
        key = expr.args[0] if expr.args else None
    else:
        key = expr.slice if isinstance(expr, ast.Subscript) else None
    named = isinstance(key, ast.Constant) and key.value in ("labels", "label")
    return named and scores_one(source)
