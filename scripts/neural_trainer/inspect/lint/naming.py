"""What the objects of a function are called by whoever runs it: keys in the caller's terms."""

from __future__ import annotations

import ast
import re
from collections import defaultdict

from neural_trainer.inspect.lint.parts import fields_of
from neural_trainer.inspect.lint.scope import Assignment, Call, Scope
from neural_trainer.inspect.lint.source import SAME_OBJECT, Source


class Names:
    """What a function's own names are called by whoever runs it: of this call, and of objects."""

    __slots__ = ("call", "objects")

    def __init__(self, call: dict[str, str], objects: dict[str, str]) -> None:
        self.call, self.objects = call, objects

    def get(self, key: str) -> str | None:
        """Return what `key` is called outside, None where it is not known there."""
        return self.call.get(key) or self.objects.get(key)


def kept_parameters(source: Source) -> dict[str, str]:
    """Return the attribute that a parameter of __init__ is kept as: self.model of `model`."""
    if "kept_parameters" not in source.kept:
        found: dict[str, str] = {}
        source.kept["kept_parameters"] = found
        for cls in source.scopes:
            made = cls.inner.get("__init__") if cls.is_class else None
            if made is None:
                continue
            for event in made.events:
                if not isinstance(event, Assignment) or event.how != "=" or event.place.branches:
                    continue
                key, held = source.key(event.target, event.scope), source.key(event.value, made)
                own = held.partition(":")[2] in made.parameters
                alone = len(source.assignments.get(key, ())) == 1
                apart = key.startswith(f"{cls.number}:self.") and held not in source.assignments
                if own and alone and apart:
                    found.setdefault(held, key)
    kept: dict[str, str] = source.kept["kept_parameters"]
    return kept


def _assigned_calls(source: Source) -> dict[int, list[Assignment]]:
    """Return what is assigned the value of each call, by the node of the call."""
    if "targets" not in source.kept:
        source.kept["targets"] = found = defaultdict(list)
        for scope in source.scopes:
            for event in scope.events:
                if isinstance(event, Assignment) and event.how == "=":
                    value: ast.expr | None = event.value
                    while isinstance(value, ast.Call):
                        found[id(value)].append(event)
                        function = value.func
                        chained = isinstance(function, ast.Attribute)
                        same = chained and function.attr in SAME_OBJECT  # type: ignore[attr-defined]
                        value = function.value if same else None  # type: ignore[attr-defined]
    targets: dict[int, list[Assignment]] = source.kept["targets"]
    return targets


def made_by_chain(source: Source, call: Call) -> str:
    """Return the key of what is assigned `call`, one of a chain of methods on a new object."""
    if call.word not in SAME_OBJECT:
        return ""
    given = [a for a in _assigned_calls(source).get(id(call.node), ()) if a.element is None]
    return source.key(given[0].target, given[0].scope) if len(given) == 1 else ""


def results_of(source: Source, function: Scope, call: Call) -> dict[str, str]:
    """Return the locals that a function returns, each with what its caller calls the result."""
    targets = _assigned_calls(source).get(id(call.node), ())
    if not targets or not function.returns:
        return {}
    found: dict[str, str] = {}
    for item in function.returns:
        for target in targets:
            key = source.key(target.target, target.scope)
            value = item.value
            cls = source.defined(value.func, function) if isinstance(value, ast.Call) else None
            if cls is not None and cls.is_class and isinstance(value, ast.Call):
                for name, part in zip(fields_of(cls), value.args):  # noqa: B905
                    found[source.key(part, function)] = f"{key}.{name}"
                continue
            if target.element is not None:
                if not isinstance(value, ast.Tuple) or target.element >= len(value.elts):
                    continue
                value = value.elts[target.element]
            found[source.key(value, function)] = key
    own = f"{function.number}:"
    return {k: v for k, v in found.items() if k.startswith(own) and v and not set(k) & set(".[(")}


def translated(key: str, names: Names) -> str:
    """Return a key of a callee as its caller says it."""
    if not key or not (names.call or names.objects):
        return key
    end = _end(key, 0)
    if end < len(key) and key.startswith("self", key.index(":") + 1) and key[end - 5] == ":":
        end = _end(key, end + 1)  # an attribute of an object
    known = names.get(key[:end])
    if not known:
        return key
    outside = f"{known}{key[end:]}"
    if known.endswith(":self") and outside != key:  # engine.model of what was given self
        return translated(outside, Names({}, names.objects))
    return outside


def _end(key: str, begin: int) -> int:
    """Return where the first part of a key ends from `begin` on."""
    found = _PART.search(key, begin)
    return found.start() if found is not None else len(key)


_PART = re.compile(r"[.\[(]")
