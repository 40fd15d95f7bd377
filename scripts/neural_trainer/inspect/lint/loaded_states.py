"""What a file takes out of the checkpoints that it loads: which entries, and where it ends."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from neural_trainer.inspect.lint.saved_states import SAVES, restores
from neural_trainer.inspect.lint.scope import Assignment, Call, Scope, bound_arguments
from neural_trainer.inspect.lint.source import Source

_LOADS = re.compile(
    r"^(?:torch\.(?:serialization\.)?load|safetensors\.torch\.load_file|pickle\.load)$"
)
_TELLS = re.compile(r"^(?:print|debug|info|warning|warn|log|write|echo|secho|set_description)$")


class Read(NamedTuple):
    """What is read of the checkpoints of a file.

    names: entries that are taken out and used; in_sight: whether nothing else is done with them.
    """

    names: frozenset[str]
    in_sight: bool


def read_entries(source: Source) -> Read:
    """Return which entries of loaded checkpoints a file uses: what is only told is not used."""
    keys = loaded_tables(source)
    told = {id(inner) for node in _told(source) for inner in ast.walk(node)}
    names: set[str] = set()
    handled: set[int] = set()
    for node in source.nodes:
        name, holder = _entry_read(node)
        if name is not None and holder is not None:
            handled.add(id(holder))
            names |= {name} if id(node) not in told else set()
        elif isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.In, ast.NotIn)):
            handled.update(id(side) for side in node.comparators)
    by_round = [call.node for call in restores(source)]
    names |= {n for call in by_round for part in ast.walk(call) if (n := _entry_read(part)[0])}
    for call in source.called("load_state_dict"):
        if call.node not in by_round:  # state[name] of a loop over names that are written out
            parts = [n for n in ast.walk(call.node) if isinstance(n, ast.Subscript)]
            handled.update(id(part.value) for part in parts)
    return Read(frozenset(names), bool(keys) and not _used_whole(source, keys, handled | told))


def loaded_tables(source: Source) -> set[str]:
    """Return the keys of what is loaded from files, also as functions are given or return it."""
    keys: set[str] = set()
    for _ in range(3):
        before = len(keys)
        for scope in source.scopes:
            for event in scope.events:
                if isinstance(event, Assignment):
                    if _is_loaded(source, event.value, scope, keys) and event.element is None:
                        keys.add(source.key(event.target, scope))
                    continue
                function = source.callee(event)
                for name, value in bound_arguments(function, event).items() if function else ():
                    if function is not None and source.key(value, scope) in keys - {""}:
                        keys.add(f"{function.number}:{name}")
        if len(keys) == before:
            break
    return keys - {""}


def last_read(source: Source, scope: Scope) -> ast.stmt | ast.expr | None:
    """Return the last statement of a scope that takes something out of a loaded checkpoint."""
    return max(reads(source, scope), key=lambda node: node.lineno, default=None)


def reads(source: Source, scope: Scope) -> Iterator[ast.stmt | ast.expr]:
    """Yield the statements of a scope that take something out of a loaded checkpoint, in order."""
    keys = loaded_tables(source)
    for event in scope.events:
        given = isinstance(event, Assignment)
        taken = event.value if isinstance(event, Assignment) else event.node
        held = (
            source.key(holder, scope) in keys
            for node in ast.walk(taken)
            if (holder := _entry_read(node)[1]) is not None
        )
        restores = isinstance(event, Call) and event.word == "load_state_dict"
        if (given or restores) and any(held):
            yield event.node


def _is_loaded(source: Source, value: ast.expr, scope: Scope, keys: set[str]) -> bool:
    if isinstance(value, ast.Call):
        if _LOADS.match(source.name(value.func, scope)):
            return True
        made = source.defined(value.func, scope)
        if made is not None and made.is_function:
            return any(_is_loaded(source, r.value, made, keys) for r in made.returns)
    return bool(keys) and source.key(value, scope) in keys


def _entry_read(node: ast.AST) -> tuple[str | None, ast.expr | None]:
    """Return the entry that a subscript, get or pop takes out of a table, and the table."""
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        index, holder = node.slice, node.value
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
        if node.func.attr not in ("get", "pop"):
            return None, None
        index, holder = node.args[0], node.func.value
    else:
        return None, None
    return (str(index.value), holder) if isinstance(index, ast.Constant) else (None, None)


def _told(source: Source) -> Iterator[ast.AST]:
    """Yield each call that tells something, as a statement of its own."""
    for node in source.nodes:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            function = node.value.func
            word = function.attr if isinstance(function, ast.Attribute) else ""
            if _TELLS.match(word or getattr(function, "id", "")):
                yield node.value


def _used_whole(source: Source, keys: set[str], handled: set[int]) -> bool:
    """Tell whether a loaded table is used other than entry by entry, where that is out of sight."""
    words = {key.rpartition(":")[2].rpartition(".")[2] for key in keys}
    returned = {id(item.value) for scope in source.scopes for item in scope.returns}
    for scope in source.scopes:
        for event in scope.events:
            if isinstance(event, Assignment):
                nodes: list[ast.AST] = [event.value]
                nodes = [] if source.key(event.value, scope) in keys else nodes
            else:
                inner = source.callee(event)
                given = [*event.node.args, *(k.value for k in event.node.keywords)]
                elsewhere = inner is not None or event.word in ("len", *SAVES)
                nodes = [] if elsewhere else list(given)
            for node in nodes:
                for each in ast.walk(node):
                    if not isinstance(each, (ast.Name, ast.Attribute)):
                        continue
                    if id(each) in handled or id(each) in returned:
                        continue
                    word = getattr(each, "id", getattr(each, "attr", ""))
                    if word in words and source.key(each, scope) in keys:
                        return True
    return False
