"""Schedulers that are given to a Trainer of Hugging Face, which steps them with every batch."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from neural_trainer.inspect.lint.parts import Given, settled_through
from neural_trainer.inspect.lint.scope import Assignment, Call
from neural_trainer.inspect.lint.settings import setting
from neural_trainer.inspect.lint.source import Source

_LIBRARIES = ("transformers.", "trl.", "sentence_transformers.")
_MAKERS = ("create_scheduler", "create_optimizer_and_scheduler")


def trainer_schedules(source: Source) -> Iterator[Given]:
    """Yield each scheduler that such a trainer is given, or makes in a class of this file."""
    if "Trainer" not in source.text:
        return
    for word, calls in source.calls.items():
        for call in calls if word.endswith("Trainer") else ():
            if _is_trainer(source, call):
                yield from _given(source, call)
    for scope in source.scopes:
        cls = scope.parent if scope.name in _MAKERS and scope.is_method else None
        names = source.base_names(cls) if cls is not None else []
        for event in scope.events if any(n.startswith(_LIBRARIES) for n in names) else ():
            target = event.target if isinstance(event, Assignment) else None
            if isinstance(target, ast.Attribute) and target.attr == "lr_scheduler":
                yield event.value, scope  # type: ignore[union-attr]


def _is_trainer(source: Source, call: Call) -> bool:
    name = source.called_name(call)
    cls = source.defined(call.node.func, call.scope)
    names = source.base_names(cls) if cls is not None and cls.is_class else [name]
    return any(each.startswith(_LIBRARIES) for each in names)


def _given(source: Source, call: Call) -> Iterator[Given]:
    """Yield the second of optimizers=(optimizer, scheduler)."""
    pair = setting(source, call, 99, "optimizers")
    for held, at in settled_through(source, *pair) if pair is not None else ():
        if isinstance(held, (ast.Tuple, ast.List)) and len(held.elts) == 2:
            yield held.elts[1], at
