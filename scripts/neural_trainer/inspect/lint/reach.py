"""Which calls running a scope may come to make, here or in the functions that it calls."""

from __future__ import annotations

import ast
from collections import defaultdict

from neural_trainer.inspect.lint.collecting import word_of
from neural_trainer.inspect.lint.scope import Call, Scope


def reached_words(scopes: list[Scope]) -> list[set[str]]:
    """Return, for each scope, the words it calls with those of functions by the same names."""
    own = [_own_words(scope) for scope in scopes]
    named: dict[str, set[str]] = defaultdict(set)
    for scope in scopes:
        if not scope.is_class:
            named[scope.name] |= own[scope.number]
        made = scope.inner.get("__init__") if scope.is_class else None
        if made is not None:
            named[scope.name] |= own[made.number]
    for name, words in _given(scopes, set().union(*own) - set(named)).items():
        named[name] |= words & set(named)
    for words in own:
        waiting = [word for word in (*words, "__call__") if word in named]  # of any object
        done = set(waiting)
        while waiting:
            more = named[waiting.pop()]
            words |= more
            further = {word for word in more if word in named} - done
            done |= further
            waiting += further
        words |= named.get("<lambda>", set())
    return own


def _given(scopes: list[Scope], called: set[str]) -> dict[str, set[str]]:
    """Return of what is called by a name that it is given: self.update = make_update(net)."""
    found: dict[str, set[str]] = defaultdict(set)
    for scope in scopes:
        for event in scope.events:
            name = "" if isinstance(event, Call) else word_of(event.target)
            if isinstance(event, Call) or name not in called or not name:
                continue
            made = event.value if isinstance(event.value, ast.Call) else None
            parts = [made.func, *made.args] if made is not None else [event.value]
            found[name].update(word_of(part) for part in parts)
    return found


def _own_words(scope: Scope) -> set[str]:
    words = set()
    for event in scope.events:
        if isinstance(event, Call):
            words.add(event.word)
            given = [*event.node.args, *(k.value for k in event.node.keywords)]
            words.update(word_of(value) for value in given)
            texts = (value.value for value in given if isinstance(value, ast.Constant))
            words.update(text for text in texts if isinstance(text, str))  # getattr(c, "ends")
        else:  # step = optimizer.step
            words.add(word_of(event.value))
    made = {getattr(item.value, "id", "") for item in scope.returns}  # step = make_step(model)
    return words | (made & set(scope.inner))
