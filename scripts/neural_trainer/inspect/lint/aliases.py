"""Calls of what was imported under another name: `clip` of `import clip_grad_norm_ as clip`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from neural_trainer.inspect.lint.scope import Call

if TYPE_CHECKING:
    from neural_trainer.inspect.lint.source import Source


def see_through_aliases(source: Source) -> None:
    """Give calls of what was imported `as` another name the word of the thing itself."""
    words = {
        alias
        for scope in source.scopes
        for alias, what in scope.imports.items()
        if what.rpartition(".")[2] not in (alias, "")
    }
    for scope in source.scopes if words else ():
        for number, event in enumerate(scope.events):
            if not isinstance(event, Call) or not isinstance(event.node.func, ast.Name):
                continue
            binder = source.binder(event.word, scope) if event.word in words else None
            if binder is not None and event.word not in binder.bound:
                word = binder.imports[event.word].rpartition(".")[2]
                scope.events[number] = event._replace(word=word)
