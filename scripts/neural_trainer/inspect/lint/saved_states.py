"""What a file saves in checkpoints and what it loads back, by the parts objects play."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from neural_trainer.inspect.lint.roles import MODEL, OPTIMIZER, SCALER, SCHEDULER, role
from neural_trainer.inspect.lint.scope import Call, Scope
from neural_trainer.inspect.lint.source import Source

STATES = (MODEL, OPTIMIZER, SCHEDULER, SCALER)
_EPOCH = re.compile(r"epoch|step|iter|^ep$", re.IGNORECASE)


class Saved(NamedTuple):
    """One torch.save: the parts whose state it holds, and whether it counts epochs or steps.

    all_in_sight: whether each part of it could be told.
    """

    call: Call
    parts: frozenset[str]
    counts: bool
    all_in_sight: bool

    @property
    def path(self) -> str:
        """Return how the file spells where it is saved to."""
        where = self.call.argument(1, "f")
        return ast.unparse(where) if where is not None else ""


def saved_states(source: Source) -> Iterator[Saved]:
    """Yield each call of torch.save, with what it saves."""
    for call in source.called("save"):
        if source.called_name(call) not in ("torch.save", "torch.serialization.save"):
            continue
        what = call.argument(0, "obj")
        if what is None:
            continue
        entries = list(_entries(source, what, call.scope))
        parts = frozenset(_part(source, value, scope) for _, value, scope in entries)
        counts = any(_EPOCH.search(name) for name, _, _ in entries)
        known = bool(entries) and "?" not in parts
        yield Saved(call, parts - {"?", ""}, counts, known)


def _entries(
    source: Source, what: ast.expr, scope: Scope, depth: int = 3
) -> Iterator[tuple[str, ast.expr, Scope]]:
    """Yield name and value of all that is saved; one entry without a name where it is no dict."""
    if isinstance(what, ast.Dict):
        for entry, value in zip(what.keys, what.values, strict=True):
            name = str(entry.value) if isinstance(entry, ast.Constant) else "?"
            yield name, value, scope
        return
    if isinstance(what, ast.Call) and getattr(what.func, "id", "") == "dict":
        yield from ((k.arg or "?", k.value, scope) for k in what.keywords)
        return
    values = source.values(what, scope) if isinstance(what, (ast.Name, ast.Attribute)) else []
    if isinstance(what, ast.Call) and depth:
        made = source.defined(what.func, scope)
        if made is not None and made.is_function:
            values = [(item.value, made, None) for item in made.returns]
    if not values or depth == 0:
        yield "", what, scope
        return
    for value, at, _ in values:
        yield from _entries(source, value, at, depth - 1)
    key = source.key(what, scope)
    for other, given in source.assignments.items():
        if key and other.startswith(f"{key}["):
            for item in given:
                yield other[len(key) + 2 : -2], item.value, item.scope


def _part(source: Source, value: ast.expr, scope: Scope) -> str:
    """Return whose state a value is: "" of none that matters, "?" where it cannot be told."""
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        if value.func.attr == "state_dict":
            owner = value.func.value
            if isinstance(owner, ast.Attribute) and owner.attr in ("module", "_orig_mod"):
                owner = owner.value
            return role(source, owner, scope) or "?"
        return ""
    if isinstance(value, ast.Constant):
        return ""
    if isinstance(value, ast.Call):
        return "?"
    if isinstance(value, ast.Name):
        values = source.values(value, scope)
        if len(values) == 1 and isinstance(values[0][0], ast.Call):
            inner = _part(source, values[0][0], values[0][1])
            if inner not in ("", "?"):
                return inner
    found = role(source, value, scope)
    return found if found in STATES else ""


def loaded_parts(source: Source) -> dict[str, Call]:
    """Return the parts that load_state_dict gives back their state, each with its first call."""
    found: dict[str, Call] = {}
    for call in source.called("load_state_dict"):
        part = role(source, call.receiver, call.scope)
        if part:
            found.setdefault(part, call)
    return found
