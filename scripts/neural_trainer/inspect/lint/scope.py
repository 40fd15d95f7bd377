"""What one pass over a syntax tree keeps: scopes, and what each calls and assigns, in order."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, TypeAlias

Function: TypeAlias = "ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda"
Comprehension: TypeAlias = "ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp"
Loop: TypeAlias = "ast.For | ast.AsyncFor | ast.While | Comprehension | Function"
"""What runs again and again; a function where code of another file calls it for each batch."""

COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def taken_from(loop: ast.AST) -> ast.expr | None:
    """Return what a loop takes its items from, None where it takes none: while, a function."""
    if isinstance(loop, COMPREHENSIONS):
        return loop.generators[0].iter
    return loop.iter if isinstance(loop, (ast.For, ast.AsyncFor)) else None


def head_of(loop: ast.AST) -> str:
    """Return how the file spells what a loop runs over, or while what; "" of a function."""
    if isinstance(loop, ast.While):
        return ast.unparse(loop.test)
    over = taken_from(loop)
    target = loop.generators[0].target if isinstance(loop, COMPREHENSIONS) else None
    target = target if target is not None else getattr(loop, "target", None)
    return f"{ast.unparse(target)} in {ast.unparse(over)}" if over is not None and target else ""


class Place(NamedTuple):
    """The blocks around a statement within its function, outermost first.

    branches: the `if`, `try` or `match`, and which of its arms; withs: the context expressions.
    """

    loops: tuple[Loop, ...] = ()
    branches: tuple[tuple[ast.AST, str], ...] = ()
    withs: tuple[ast.expr, ...] = ()


class Call(NamedTuple):
    """One call. word: the last part of what is called, such as `step` of `self.opt.step()`."""

    node: ast.Call
    word: str
    place: Place
    scope: Scope

    @property
    def receiver(self) -> ast.expr | None:
        """Return the object whose method is called: `self.opt` of `self.opt.step()`."""
        return self.node.func.value if isinstance(self.node.func, ast.Attribute) else None

    def argument(self, position: int, keyword: str = "") -> ast.expr | None:
        """Return an argument given by position or by keyword, None where it is not given."""
        for item in self.node.keywords:
            if keyword and item.arg == keyword:
                return item.value
        given = self.node.args
        if position < len(given) and not any(isinstance(a, ast.Starred) for a in given):
            return given[position]
        return None


class Assignment(NamedTuple):
    """One name, attribute or item that is given a value.

    how: "=", "for", "with", or an operator such as "+="; element: which one of value it gets
    where a tuple is taken apart, else None.
    """

    target: ast.expr
    value: ast.expr
    how: str
    element: int | None
    node: ast.stmt | ast.expr
    place: Place
    scope: Scope


class Return(NamedTuple):
    """One `return` with a value, or a `yield`."""

    value: ast.expr
    place: Place


class Yield(NamedTuple):
    """One `yield`, with a value or without. line: where it stands."""

    line: int
    place: Place


Event: TypeAlias = "Call | Assignment"


@dataclass(eq=False)
class Scope:
    """A module, class or function: what it binds and what it does, in order."""

    node: ast.Module | ast.ClassDef | Function
    name: str
    parent: Scope | None
    number: int
    bound: set[str] = field(default_factory=set)
    outer: set[str] = field(default_factory=set)
    """Names that `global` or `nonlocal` say are bound further out."""
    imports: dict[str, str] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    returns: list[Return] = field(default_factory=list)
    yields: list[Yield] = field(default_factory=list)
    inner: dict[str, Scope] = field(default_factory=dict)
    """Functions and classes defined here, by name."""
    defined_at: Place = field(default_factory=Place)

    @cached_property
    def is_class(self) -> bool:
        """Tell whether this is the body of a class."""
        return isinstance(self.node, ast.ClassDef)

    @cached_property
    def is_function(self) -> bool:
        """Tell whether this runs only when it is called."""
        return isinstance(self.node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))

    @cached_property
    def parameters(self) -> list[str]:
        """Return the names of the positional and keyword parameters of a function."""
        if not isinstance(self.node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            return []
        args = self.node.args
        return [a.arg for a in (*args.posonlyargs, *args.args, *args.kwonlyargs)]

    @property
    def decorators(self) -> list[ast.expr]:
        """Return the decorators of a function or class."""
        return list(getattr(self.node, "decorator_list", []))

    @cached_property
    def is_method(self) -> bool:
        """Tell whether this is a method that takes the object."""
        if self.parent is None or not self.parent.is_class or not self.parameters:
            return False
        names = {d.id for d in self.decorators if isinstance(d, ast.Name)}
        return not names & {"staticmethod", "classmethod"}

    def calls(self) -> list[Call]:
        """Return the calls made here, in order."""
        return [event for event in self.events if isinstance(event, Call)]


def defaults_of(function: Scope) -> dict[str, ast.expr]:
    """Return the default that each parameter of `function` has, of those that have one."""
    node = function.node
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
        return {}
    positional = [*node.args.posonlyargs, *node.args.args]
    pairs = list(zip(reversed(positional), reversed(node.args.defaults)))  # noqa: B905
    keyword = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
    return {a.arg: v for a, v in [*pairs, *keyword] if v is not None}


def bound_arguments(function: Scope, call: Call) -> dict[str, ast.expr]:
    """Return the argument that each parameter of `function` gets from `call`."""
    names = function.parameters[int(function.is_method) :]  # without self
    given: dict[str, ast.expr] = {}
    for name, value in zip(names, call.node.args):  # noqa: B905
        if isinstance(value, ast.Starred):
            break
        given[name] = value
    given.update({k.arg: k.value for k in call.node.keywords if k.arg in names})
    return given
