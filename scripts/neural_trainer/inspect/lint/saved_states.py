"""What a file saves in checkpoints and what it loads back, by the parts objects play."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from neural_trainer.inspect.lint.parts import settled
from neural_trainer.inspect.lint.roles import ENGINE, MODEL, OPTIMIZER, SCALER, SCHEDULER, role
from neural_trainer.inspect.lint.scope import Call, Scope, bound_arguments
from neural_trainer.inspect.lint.source import Source

STATES = (MODEL, OPTIMIZER, SCHEDULER, SCALER)
_EPOCH = re.compile(r"epoch|step|iter|^ep$", re.IGNORECASE)


class Saved(NamedTuple):
    """One checkpoint: the parts whose state it holds, and whether it counts epochs or steps.

    call: torch.save or that of an engine; of a function of this file that saves what it is given,
    the call of that. objects: keys of what is held; counters: the entries that count;
    all_in_sight: whether each part of it could be told.
    """

    call: Call
    parts: frozenset[str]
    counters: frozenset[str]
    objects: frozenset[str]
    all_in_sight: bool
    path: str
    """How the file spells where it is saved to."""

    @property
    def counts(self) -> bool:
        """Tell whether it holds an epoch or a step."""
        return bool(self.counters)


def saved_states(source: Source) -> Iterator[Saved]:
    """Yield each checkpoint that is saved, with what it holds."""
    for call in source.called("save"):
        found = _saved_by(source, call)
        if found is None:
            continue
        what, path = found
        given = source.binder(what.id, call.scope) if isinstance(what, ast.Name) else None
        handed = given is call.scope and given.is_function and what.id in given.parameters  # type: ignore[attr-defined]
        callers = source.callers.get(call.scope.number, []) if handed else []
        if not callers:
            yield _saved(source, call, what, call.scope, path)
        for caller in callers:
            value = bound_arguments(call.scope, caller).get(what.id)  # type: ignore[attr-defined]
            if value is not None:
                places = [ast.unparse(a) for a in caller.node.args if a is not value]
                yield _saved(source, caller, value, caller.scope, " ".join(places))


def _saved_by(source: Source, call: Call) -> tuple[ast.expr, str] | None:
    """Return what a call saves and where to: torch.save, or that of Fabric or an Accelerator."""
    name = source.called_name(call)
    if name in ("torch.save", "torch.serialization.save"):
        what, where = call.argument(0, "obj"), call.argument(1, "f")
    elif role(source, call.receiver, call.scope) == ENGINE and len(call.node.args) == 2:
        what, where = call.node.args
        if not _is_table(source, what, call.scope):  # fabric.save(path, state)
            what, where = where, what
    else:
        return None
    return (what, ast.unparse(where) if where is not None else "") if what is not None else None


def _is_table(source: Source, expr: ast.expr, scope: Scope) -> bool:
    return any(isinstance(value, ast.Dict) for value, _ in settled(source, expr, scope))


def _saved(source: Source, call: Call, what: ast.expr, scope: Scope, path: str) -> Saved:
    entries = list(_entries(source, what, scope))
    parts = frozenset(_part(source, value, at) for _, value, at in entries)
    counters = frozenset(name for name, _, _ in entries if _EPOCH.search(name))
    objects = frozenset(source.key(_owner(value), at) for _, value, at in entries) - {""}
    known = bool(entries) and "?" not in parts
    return Saved(call, parts - {"?", ""}, counters, objects, known, path)


def _owner(value: ast.expr) -> ast.expr:
    """Return the object whose state a value is: opt of opt.state_dict()."""
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        if value.func.attr == "get_state_dict" and value.args:
            return value.args[0]
        return value.func.value if value.func.attr == "state_dict" else value
    return value


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
    owner = _owner(value)
    if owner is not value:
        return state_part(source, owner, scope)
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
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


def state_part(source: Source, owner: ast.expr, scope: Scope) -> str:
    """Return whose state an object has: "" of another thing, "?" where it cannot be told."""
    known = role(source, owner, scope)
    if known:
        return known
    values = source.values(owner, scope)
    built = [v for v, _, index in values if index is None and isinstance(v, ast.Call)]
    names = [source.name(v.func, at) for v, at, _ in values if isinstance(v, ast.Call)]
    own = [name for name in names if name.rpartition(".")[2][:1].isupper()]
    return "" if built and len(own) == len(values) else "?"


def restores(source: Source) -> list[Call]:
    """Return the calls that load a state which was saved; not those that copy another's."""
    return [
        call
        for call in source.called("load_state_dict")
        if not any(
            isinstance(value, ast.Call) and getattr(value.func, "attr", "") == "state_dict"
            for value in call.node.args
        )
    ]


def loaded_parts(source: Source) -> dict[str, Call]:
    """Return the parts that load_state_dict gives back their state, each with its first call."""
    found: dict[str, Call] = {}
    for call in restores(source):
        part = role(source, call.receiver, call.scope)
        if part:
            found.setdefault(part, call)
    return found
