"""What is held out from training: by how a file spells it, and by what a loader was built of."""

from __future__ import annotations

import ast
import re

from neural_trainer.inspect.lint.loaders import loader_option, loaders_of, looped_over
from neural_trainer.inspect.lint.parts import settled_through
from neural_trainer.inspect.lint.scope import Loop, Scope, taken_from
from neural_trainer.inspect.lint.source import Source

_NAME = re.compile(
    r"(?:^|[^a-z])(?:val|vali|valid|validation|test|testing|eval|dev|holdout|held_?out)(?![a-z])"
    r"|(?:val|valid|test|eval|dev)_?(?:loader|dl|dataloader|data|iter|batches|set)",
    re.IGNORECASE,
)
_TEXT = re.compile(r"(?:^|[^a-z])(?:vali?|valid|validation|test|dev|held_?out)(?:$|[^a-z])", re.I)
_INDEX = re.compile(
    r"\b(?:val|valid|test|dev|held|held_?out|holdout)(?:_?(?:mask|idx|index|indices|nodes|ids))?\b"
)


def is_held_out(source: Source, loop: Loop, scope: Scope) -> bool:
    """Tell whether a loop goes over held-out batches, as far as this file says."""
    over = drawn_from(source, loop, scope)
    if over is None:
        return False
    if any(_NAME.search(text) for text in _spelled(source, over, scope)):
        return True
    things = looped_over(loop) if taken_from(loop) is over else [over]
    return any(_is_of_held_out(source, thing, scope) for thing in things)


def drawn_from(source: Source, loop: Loop, scope: Scope) -> ast.expr | None:
    """Return what a loop takes its items from, also by next(it) in a `while`."""
    if not isinstance(loop, ast.While):
        return taken_from(loop)
    for node in ast.walk(loop):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "next" and node.args:
            held = [v for v, _, _ in source.values(node.args[0], scope)]
            made = held[0] if len(held) == 1 else None
            begun = isinstance(made, ast.Call) and getattr(made.func, "id", "") == "iter"
            return made.args[0] if begun and made.args else node.args[0]  # type: ignore[union-attr]
    return None


def is_held_out_part(index: ast.expr) -> bool:
    """Tell whether an index picks what is held out: out[graph.test_mask]."""
    text = ast.unparse(index)
    return _INDEX.search(text) is not None and "train" not in text


def _spelled(source: Source, over: ast.expr, scope: Scope) -> list[str]:
    """Return how the file spells what a loop runs over, here and in all calls that give it."""
    given = source.passed(scope, over.id) if isinstance(over, ast.Name) else []
    if isinstance(over, ast.Attribute):  # self.loader = val_loader
        given = [(value, at) for value, at, _ in source.values(over, scope)]
    passed = [ast.unparse(value) for value, _ in given]
    all_held = passed and all(_NAME.search(text) for text in passed)
    return [ast.unparse(over), *(passed if all_held else [])]


def _is_of_held_out(source: Source, over: ast.expr, scope: Scope) -> bool:
    """Tell whether all loaders that something names were built of data that is held out."""
    loaders = loaders_of(source, over, scope)
    options = [loader_option(source, call, "dataset") for call in loaders]
    given = [option for option in options if option is not None]
    data = [settled_through(source, *option) for option in given]
    return bool(data) and all(each and all(_says_so(v) for v, _ in each) for each in data)


def _says_so(dataset: ast.expr) -> bool:
    """Tell whether a dataset is built as the held-out part: Data("test"), Data(train=False)."""
    if not isinstance(dataset, ast.Call):
        return False
    given = [*dataset.args, *(k.value for k in dataset.keywords)]
    texts = [v.value for v in given if isinstance(v, ast.Constant) and isinstance(v.value, str)]
    part = any(_TEXT.search(text) for text in texts) and not any("train" in t for t in texts)
    off = [k for k in dataset.keywords if k.arg == "train"]
    return part or any(isinstance(k.value, ast.Constant) and k.value.value is False for k in off)
