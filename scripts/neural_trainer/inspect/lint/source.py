"""A file of Python as rules see it: what names stand for, what they were given, who calls whom."""

from __future__ import annotations

import ast
import builtins
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from neural_trainer.inspect.lint.aliases import (
    lay_in_partials,
    same_function,
    see_through_aliases,
    see_through_handles,
    stands_for,
)
from neural_trainer.inspect.lint.callers import add_callers, partials_of
from neural_trainer.inspect.lint.class_made import class_made
from neural_trainer.inspect.lint.collecting import collect
from neural_trainer.inspect.lint.dispatch import called_object
from neural_trainer.inspect.lint.elements import element_values
from neural_trainer.inspect.lint.factories import lay_in_factories
from neural_trainer.inspect.lint.hierarchy import above, as_made, is_super, owner
from neural_trainer.inspect.lint.parts import annotated, part_values, starred
from neural_trainer.inspect.lint.reach import reached_words
from neural_trainer.inspect.lint.registries import registered
from neural_trainer.inspect.lint.scope import Assignment, Call, Place, Scope, bound_arguments


class Source:
    """One module, parsed.

    A key names one object of the file: "3:optimizer" is what scope 3 calls so, "2:self.model" an
    attribute of the class that is scope 2, "0:cfg.lr", "0:opts['g']" and "0:opts[*]" parts.
    """

    def __init__(self, text: str, path: str = "") -> None:
        """Parse `text`. Raises SyntaxError or ValueError where it is no Python."""
        self.text, self.path = text, path
        self.tree = ast.parse(text)
        self.partials = lay_in_partials(self.tree)
        self.scopes = collect(self.tree)
        self.kept: dict[str, Any] = {}
        """What rules share of this file: worked out once."""
        see_through_aliases(self)
        if see_through_handles(self) | lay_in_factories(self):
            for known in ("calls", "callers", "_reached"):
                self.__dict__.pop(known, None)
        self.kept.clear()

    @property
    def module(self) -> Scope:
        """Return the scope of the module itself."""
        return self.scopes[0]

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Return every node of the file's syntax tree."""
        return list(ast.walk(self.tree))

    @cached_property
    def calls(self) -> dict[str, list[Call]]:
        """Return all calls by the last part of what is called, in order."""
        found: dict[str, list[Call]] = defaultdict(list)
        for scope in self.scopes:
            for event in scope.events:
                if isinstance(event, Call):
                    found[event.word].append(event)
        return found

    def called(self, *words: str) -> list[Call]:
        """Return the calls whose last part is one of `words`."""
        return [call for word in words for call in self.calls.get(word, ())]

    def binder(self, name: str, scope: Scope) -> Scope | None:
        """Return the scope that binds or imports what `name` means in `scope`."""
        at: Scope | None = scope
        while at is not None:
            hidden = at.is_class and at is not scope  # the names of a class are not its methods'
            if not hidden and name not in at.outer and (name in at.bound or name in at.imports):
                return at
            at = at.parent
        return None

    def name(self, expr: ast.expr, scope: Scope) -> str:
        """Return the full name that an imported or built-in thing goes by, "" for other objects.

        With `from torch.nn import functional as F`, F.relu is torch.nn.functional.relu; so is a
        variable, attribute or item that is given nothing else.
        """
        parts: list[str] = []
        whole = expr
        while isinstance(expr, ast.Attribute):
            parts.append(expr.attr)
            expr = expr.value
        if not isinstance(expr, ast.Name):
            return stands_for(self, whole, scope)
        binder = self.binder(expr.id, scope)
        if binder is None:
            known = [star for star in self.module.stars if star.startswith("torch")]
            if known and not parts:
                first = f"{known[0]}.{expr.id}"
            elif expr.id in _BUILT_IN:
                first = expr.id
            else:  # an object that this file does not say anything of
                return ""
        elif expr.id in binder.imports and expr.id not in binder.bound:
            first = binder.imports[expr.id]
        else:
            return stands_for(self, whole, scope)
        return ".".join([first, *reversed(parts)])

    def reaches(self, scope: Scope, words: Iterable[str]) -> bool:
        """Tell whether running a scope may make a call by one of `words`, here or further in."""
        return not self._reached[scope.number].isdisjoint(words)

    @cached_property
    def _reached(self) -> list[set[str]]:
        return reached_words(self.scopes)

    def called_name(self, call: Call) -> str:
        """Return the full name of what is called, "" where it is no imported one."""
        return self.name(call.node.func, call.scope)

    def key(self, expr: ast.expr | None, scope: Scope) -> str:
        """Return the key of the object an expression names, "" where it names none."""
        if isinstance(expr, ast.Name):
            binder = self.binder(expr.id, scope)
            if binder is None:
                return "" if expr.id in _BUILT_IN else f"0:{expr.id}"
            if expr.id in binder.imports and expr.id not in binder.bound:
                return ""
            method = self.method_of(binder)
            if method is not None and expr.id == binder.parameters[0]:
                return f"{method.number}:self"
            return f"{binder.number}:{expr.id}"
        if isinstance(expr, ast.Attribute):
            base = self.key(expr.value, scope)
            if base.endswith(":self"):
                return f"{owner(self, int(base.split(':')[0]), expr.attr)}:self.{expr.attr}"
            if expr.attr in _WRAPPED:
                return base
            return f"{base}.{expr.attr}" if base else ""
        if isinstance(expr, ast.Subscript):
            base = self.key(expr.value, scope)
            index = expr.slice
            part = repr(index.value) if isinstance(index, ast.Constant) else "*"
            return f"{base}[{part}]" if base else ""
        if isinstance(expr, ast.Call) and isinstance(expr.func, ast.Attribute):
            if expr.func.attr in SAME_OBJECT:
                return self.key(expr.func.value, scope)
            if expr.func.attr == "unwrap_model" and expr.args:
                return self.key(expr.args[0], scope)
            base = self.key(expr.func, scope)
            return f"{base}()" if base else ""
        return ""

    def method_of(self, scope: Scope) -> Scope | None:
        """Return the class that `scope` is a method of."""
        return scope.parent if scope.is_method else None

    def class_around(self, scope: Scope) -> Scope | None:
        """Return the class whose `self` is seen in `scope`."""
        at: Scope | None = scope
        while at is not None:
            if at.is_method:
                return at.parent
            at = at.parent
        return None

    def bases(self, cls: Scope) -> list[Scope]:
        """Return the classes of this file that `cls` derives from, itself first."""
        found, waiting = [], [cls]
        while waiting:
            now = waiting.pop(0)
            if now in found or not isinstance(now.node, ast.ClassDef):
                continue
            found.append(now)
            for base in now.node.bases:  # of Kind[T] as well, and no table of classes
                named = base.value if isinstance(base, ast.Subscript) else base
                inner = self.defined(named, now.parent or self.module)
                waiting += [inner] if inner is not None else []
        return found

    def base_names(self, cls: Scope) -> list[str]:
        """Return the full names of the imported classes that `cls` derives from."""
        names = []
        for each in self.bases(cls):
            assert isinstance(each.node, ast.ClassDef)
            names += [self.name(base, each.parent or self.module) for base in each.node.bases]
        return [name for name in names if name]

    @cached_property
    def assignments(self) -> dict[str, list[Assignment]]:
        """Return what is assigned to each key, in the order of the file."""
        found: dict[str, list[Assignment]] = defaultdict(list)
        for scope in self.scopes:
            for event in scope.events:
                if isinstance(event, Assignment):
                    found[self.key(event.target, scope)].append(event)
        found.pop("", None)
        return found

    def defined(self, expr: ast.expr | None, scope: Scope, passed: bool = True) -> Scope | None:
        """Return the function or class of this file that an expression names, None for others.

        passed: whether what parameters are given may tell which object has the method.
        """
        if isinstance(expr, ast.Name):
            binder = self.binder(expr.id, scope)
            inner = binder.inner.get(expr.id) if binder is not None else None
            return inner or same_function(self, expr, scope)
        if isinstance(expr, ast.Attribute):
            base = self.key(expr.value, scope)
            if base.endswith(":self"):
                cls = as_made(self, self.scopes[int(base.split(":")[0])])
                own = self.method(cls, expr.attr)
                return own or same_function(self, expr, scope)
            if is_super(expr.value):
                return above(self, scope, expr.attr)
            made = self.class_of(expr.value, scope, passed)
            return self.method(made, expr.attr) if made is not None else None
        if isinstance(expr, ast.Lambda):
            return next((s for s in self.scopes if s.node is expr), None)
        if isinstance(expr, ast.Subscript):  # LOSSES["ce"], a table of functions
            held = self.values(expr, scope, passed)
            made = self.defined(*held[0][:2], passed) if len(held) == 1 else None
            return registered(self, expr, scope) or made
        return None

    def method(self, cls: Scope, name: str) -> Scope | None:
        """Return the method `name` of a class, its own or one of a base in this file."""
        return next((b.inner[name] for b in self.bases(cls) if name in b.inner), None)

    def class_of(
        self, expr: ast.expr, scope: Scope, passed: bool = True, depth: int = 4
    ) -> Scope | None:
        """Return the class of this file that an expression is an object of."""
        if depth <= 0:
            return None
        if isinstance(expr, ast.Call):
            if isinstance(expr.func, ast.Attribute) and expr.func.attr in SAME_OBJECT:
                return self.class_of(expr.func.value, scope, passed, depth - 1)
            made = class_made(self, expr, scope, passed, depth)
            if made is None and word_in(expr.func, WRAPPERS) and expr.args:
                return self.class_of(expr.args[0], scope, passed, depth - 1)
            return made
        key = f"{self.key(expr, scope)} {passed}"
        known: dict[str, Scope | None] = self.kept.setdefault("classes", {})
        if key not in known:
            known[key] = None  # while it is being worked out: a name may be made of itself
            known[key] = self._class_of_values(expr, scope, passed, depth)
        return known[key]

    def _class_of_values(
        self, expr: ast.expr, scope: Scope, passed: bool, depth: int
    ) -> Scope | None:
        found = {
            id(cls): cls
            for value, at, index in self.values(expr, scope, passed)
            if index is None and (cls := self.class_of(value, at, passed, depth - 1))
        }
        return next(iter(found.values())) if len(found) == 1 else None

    def values(
        self, expr: ast.expr, scope: Scope, passed: bool = True
    ) -> list[tuple[ast.expr, Scope, int | None]]:
        """Return each value that a name is given in this file, with its scope and element.

        passed: for a parameter, what the calls in this file give it as well.
        """
        key = self.key(expr, scope)
        if not key:
            return []
        items = self.assignments.get(key, ())
        found = [(a.value, a.scope, a.element) for a in items if a.how == "="]
        if passed and isinstance(expr, ast.Name):
            binder = self.binder(expr.id, scope)
            if binder is not None and binder.is_function and expr.id in binder.parameters:
                given = self.passed(binder, expr.id)
                found += [(value, at, None) for value, at in given or annotated(self, binder, expr)]
        if not found:
            found = [(value, at, None) for value, at in self._parts(expr, scope, key)]
        return found

    def _parts(self, expr: ast.expr, scope: Scope, key: str) -> list[tuple[ast.expr, Scope]]:
        """Return what holds together with others: a part of a thing, an element of a list."""
        known = self.kept.setdefault("parts", {})
        if key not in known:
            known[key] = []  # while it is being worked out: `for x in x` is made of itself
            parts = part_values(self, expr, scope)
            for item in self.assignments.get(key, ()):
                parts += element_values(self, item) if item.how == "for" else []
            known[key] = [(value, at) for value, at in parts if value is not expr]
        return known[key]  # type: ignore[no-any-return]

    def passed(self, function: Scope, parameter: str) -> list[tuple[ast.expr, Scope]]:
        """Return what the calls in this file give a function as `parameter`."""
        found = []
        for call in self.uses(function):
            value = bound_arguments(function, call).get(parameter)
            found += [(value, call.scope)] if value is not None else starred(self, call, parameter)
        return found

    def uses(self, function: Scope) -> list[Call]:
        """Return the calls of a function, and the partials of it, which give arguments as well."""
        bound = partials_of(self, function)
        return [*self.callers.get(function.number, ()), *bound]

    @cached_property
    def callers(self) -> dict[int, list[Call]]:
        """Return the calls of each function of this file; a class is called as its __init__."""
        found: dict[int, list[Call]] = defaultdict(list)
        self.__dict__["callers"] = found  # while they are worked out: what is called may be passed
        add_callers(self, found)
        return found

    def callee(self, call: Call, passed: bool = True) -> Scope | None:
        """Return the function of this file that a call runs."""
        made = self.defined(call.node.func, call.scope, passed)
        if made is not None and made.is_class:
            return self.method(made, "__init__")
        return made or called_object(self, call, passed)

    def place_of(self, expr: ast.expr, scope: Scope) -> Place:
        """Return the place of the statement or call around an expression."""
        return next((e.place for e in scope.events[::-1] if e.node.lineno <= expr.lineno), Place())

    def last_value(self, expr: ast.expr, scope: Scope, place: Place) -> Assignment | None:
        """Return the assignment that gave a name the value it has where `expr` stands.

        None where that cannot be told: it was set in a branch that need not have run, or later.
        """
        key = self.key(expr, scope)
        best: Assignment | None = None
        for item in self.assignments.get(key, ()):
            before = (item.node.lineno, item.node.col_offset) < (expr.lineno, expr.col_offset)
            inside = item.node.lineno <= expr.lineno <= (item.node.end_lineno or 0)
            holds = item.how in ("for", "with")
            if item.scope is scope and before and (holds or not inside):
                best = item
        if best is None or best.how not in ("=",):
            return None
        certain = best.place.branches == place.branches[: len(best.place.branches)]
        return best if certain else None


_BUILT_IN = frozenset(dir(builtins))
_WRAPPED = ("module", "_orig_mod")  # where DataParallel and torch.compile keep their model
SAME_OBJECT = frozenset({
    "to", "cuda", "cpu", "half", "float", "double", "bfloat16", "train", "eval",
    "requires_grad_", "apply", "share_memory", "xpu", "mps", "npu",
})  # fmt: skip
"""Methods of a module that return the module itself."""

WRAPPERS = frozenset({
    "DataParallel", "DistributedDataParallel", "DDP", "FSDP", "FullyShardedDataParallel",
    "compile", "prepare", "prepare_model", "unwrap_model", "deepcopy",
    "wrap",
})  # fmt: skip
"""Functions that return their first argument, wrapped."""


def word_in(function: ast.expr, words: frozenset[str]) -> bool:
    """Tell whether the last part of what is called is one of `words`."""
    word = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return word in words


def shown(key: str) -> str:
    """Return a key as the file spells it: "self.opt" of "3:self.opt"."""
    return key.partition(":")[2]
