"""The one pass over a syntax tree: finds scopes and what each does, in the order it is done."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import cast

from neural_trainer.inspect.lint.scope import (
    COMPREHENSIONS,
    Assignment,
    Call,
    Comprehension,
    Function,
    Place,
    Return,
    Scope,
    Yield,
)


def collect(tree: ast.Module) -> list[Scope]:
    """Return all scopes of `tree`, the module first."""
    collector = _Collector()
    module = collector.open(tree, "", None, Place())
    collector.block(tree.body, module, Place())
    while collector.waiting:
        scope = collector.waiting.pop(0)
        node = scope.node
        if isinstance(node, ast.Lambda):
            collector.expression(node.body, scope, Place())
            scope.returns.append(Return(node.body, Place()))
        else:
            collector.block(node.body, scope, Place())
    return collector.scopes


def word_of(function: ast.expr) -> str:
    """Return the last part of the name of what is called, "" where it has none."""
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


class _Collector:
    """The scopes so far, and those whose bodies are still to be walked."""

    def __init__(self) -> None:
        self.scopes: list[Scope] = []
        self.waiting: list[Scope] = []

    def open(
        self,
        node: ast.Module | ast.ClassDef | Function,
        name: str,
        parent: Scope | None,
        place: Place,
    ) -> Scope:
        """Return a new scope."""
        scope = Scope(node, name, parent, len(self.scopes), defined_at=place)
        if not isinstance(node, (ast.Module, ast.ClassDef)):
            scope.bound.update(scope.parameters)
            for extra in (node.args.vararg, node.args.kwarg):
                if extra is not None:
                    scope.bound.add(extra.arg)
        self.scopes.append(scope)
        return scope

    def define(
        self,
        node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef,
        scope: Scope,
        place: Place,
    ) -> None:
        """Take note of a function or class: a class body runs now, a function's later."""
        for decorator in node.decorator_list:
            self.expression(decorator, scope, place)
        inner = self.open(node, node.name, scope, place)
        scope.bound.add(node.name)
        scope.inner[node.name] = inner
        if isinstance(node, ast.ClassDef):
            self.block(node.body, inner, Place())
        else:
            defaults = [*node.args.defaults, *filter(None, node.args.kw_defaults)]
            for default in defaults:
                self.expression(default, scope, place)
            self.waiting.append(inner)

    def block(self, body: Sequence[ast.stmt], scope: Scope, place: Place) -> None:
        """Walk statements in order."""
        for node in body:
            self.statement(node, scope, place)

    def statement(self, node: ast.stmt, scope: Scope, place: Place) -> None:
        """Walk one statement, with the blocks in it."""
        if isinstance(node, ast.Expr):
            self.expression(node.value, scope, place)
        elif isinstance(node, ast.Assign):
            self.expression(node.value, scope, place)
            for target in node.targets:
                self.assign(target, node.value, "=", None, node, scope, place)
        elif isinstance(node, ast.AnnAssign):
            if node.value is not None:
                self.expression(node.value, scope, place)
                self.assign(node.target, node.value, "=", None, node, scope, place)
        elif isinstance(node, ast.AugAssign):
            self.expression(node.value, scope, place)
            how = _OPERATORS.get(type(node.op), "?=")
            self.assign(node.target, node.value, how, None, node, scope, place)
        elif isinstance(node, ast.Return):
            if node.value is not None:
                self.expression(node.value, scope, place)
                scope.returns.append(Return(node.value, place))
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            self.define(node, scope, place)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            _take_import(node, scope)
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            scope.outer.update(node.names)
        else:
            self.compound(node, scope, place)

    def compound(self, node: ast.stmt, scope: Scope, place: Place) -> None:
        """Walk a statement that holds blocks, or another that binds nothing."""
        if isinstance(node, (ast.For, ast.AsyncFor)):
            self.expression(node.iter, scope, place)
            inside = place._replace(loops=(*place.loops, node))
            self.assign(node.target, node.iter, "for", None, node, scope, inside)
            self.block(node.body, scope, inside)
            self.block(node.orelse, scope, place)
        elif isinstance(node, ast.While):
            inside = place._replace(loops=(*place.loops, node))
            self.expression(node.test, scope, inside)
            self.block(node.body, scope, inside)
            self.block(node.orelse, scope, place)
        elif isinstance(node, ast.If):
            self.expression(node.test, scope, place)
            for arm, body in (("then", node.body), ("else", node.orelse)):
                self.block(body, scope, _arm(place, node, arm))
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            self.entered(node, scope, place)
        elif isinstance(node, ast.Try) or type(node).__name__ == "TryStar":
            self.attempt(cast(ast.Try, node), scope, place)
        elif isinstance(node, ast.Match):
            self.expression(node.subject, scope, place)
            for number, case in enumerate(node.cases):
                self.block(case.body, scope, _arm(place, node, f"case {number}"))
        else:
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr):
                    self.expression(child, scope, place)

    def entered(self, node: ast.With | ast.AsyncWith, scope: Scope, place: Place) -> None:
        """Walk a `with` and what it holds."""
        for item in node.items:
            self.expression(item.context_expr, scope, place)
            if item.optional_vars is not None:
                value = item.context_expr
                self.assign(item.optional_vars, value, "with", None, node, scope, place)
        contexts = tuple(item.context_expr for item in node.items)
        self.block(node.body, scope, place._replace(withs=(*place.withs, *contexts)))

    def attempt(self, node: ast.Try, scope: Scope, place: Place) -> None:
        """Walk a `try`: its body and `finally` run in any case, a handler may."""
        self.block(node.body, scope, place)
        for number, handler in enumerate(node.handlers):
            if handler.name:
                scope.bound.add(handler.name)
            self.block(handler.body, scope, _arm(place, node, f"except {number}"))
        self.block(node.orelse, scope, place)
        self.block(node.finalbody, scope, place)

    def assign(
        self,
        target: ast.expr,
        value: ast.expr,
        how: str,
        index: int | None,
        node: ast.stmt | ast.expr,
        scope: Scope,
        place: Place,
    ) -> None:
        """Take note of what `target` binds, element by element where it is a tuple."""
        if isinstance(target, (ast.Tuple, ast.List)):
            pairs = isinstance(value, (ast.Tuple, ast.List)) and how == "="
            same = pairs and len(value.elts) == len(target.elts)  # type: ignore[attr-defined]
            for number, element in enumerate(target.elts):
                if same:
                    each = value.elts[number]  # type: ignore[attr-defined]
                    self.assign(element, each, how, None, node, scope, place)
                else:
                    self.assign(element, value, how, number, node, scope, place)
            return
        if isinstance(target, ast.Starred):
            target = target.value
        if isinstance(target, ast.Name):
            scope.bound.add(target.id)
        else:
            self.expression(target, scope, place)
        scope.events.append(Assignment(target, value, how, index, node, place, scope))

    def comprehension(self, node: Comprehension, scope: Scope, place: Place) -> None:
        """Walk a comprehension: a loop whose body is one expression."""
        inside = place._replace(loops=(*place.loops, node))
        for number, each in enumerate(node.generators):
            self.expression(each.iter, scope, inside if number else place)
            self.assign(each.target, each.iter, "for", None, each.target, scope, inside)
            for test in each.ifs:
                self.expression(test, scope, inside)
        made = (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,)
        for part in made:
            self.expression(part, scope, inside)

    def expression(self, node: ast.AST, scope: Scope, place: Place) -> None:
        """Take note of the calls in an expression, inner ones first: so they are made."""
        kind = type(node)
        if kind is ast.Name or kind is ast.Constant:
            return
        if kind is ast.Lambda:
            self.waiting.append(self.open(node, "<lambda>", scope, place))  # type: ignore[arg-type]
            return
        if isinstance(node, COMPREHENSIONS):
            self.comprehension(node, scope, place)
            return
        for name in node._fields:
            child = getattr(node, name, None)
            if isinstance(child, list):
                for each in child:
                    if isinstance(each, ast.AST):
                        self.expression(each, scope, place)
            elif isinstance(child, ast.AST) and not isinstance(child, ast.expr_context):
                self.expression(child, scope, place)
        if isinstance(node, ast.Call):
            scope.events.append(Call(node, word_of(node.func), place, scope))
        elif isinstance(node, ast.NamedExpr):
            self.assign(node.target, node.value, "=", None, node, scope, place)
        elif isinstance(node, (ast.Yield, ast.YieldFrom)):
            scope.yields.append(Yield(node.lineno, place))
            if node.value is not None:
                scope.returns.append(Return(node.value, place))


_OPERATORS = {
    ast.Add: "+=", ast.Sub: "-=", ast.Mult: "*=", ast.Div: "/=", ast.MatMult: "@=",
    ast.FloorDiv: "//=", ast.Pow: "**=", ast.Mod: "%=",
}  # fmt: skip


def _arm(place: Place, node: ast.AST, arm: str) -> Place:
    return place._replace(branches=(*place.branches, (node, arm)))


def _take_import(node: ast.Import | ast.ImportFrom, scope: Scope) -> None:
    if isinstance(node, ast.Import):
        for alias in node.names:
            name = alias.asname or alias.name.partition(".")[0]
            scope.imports[name] = alias.name if alias.asname else name
        return
    origin = "." * node.level + (node.module or "")
    for alias in node.names:
        if alias.name == "*":
            scope.stars.append(origin)
        else:
            scope.imports[alias.asname or alias.name] = f"{origin}.{alias.name}"
