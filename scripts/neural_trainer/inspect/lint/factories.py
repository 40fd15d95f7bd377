"""Calls of a function that builds what a table or a library has under a name: as what they build.

build(OPTIMIZERS, CFG["optim"], net.parameters()) is torch.optim.Adam(net.parameters(), lr=1e-3).
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from neural_trainer.inspect.lint.parts import Given, entry, is_dict, original, settled_through
from neural_trainer.inspect.lint.scope import Assignment, Call, Scope, bound_arguments, defaults_of

if TYPE_CHECKING:
    from neural_trainer.inspect.lint.source import Source


def lay_in_factories(source: Source) -> bool:
    """Turn each call of such a function into the call that it makes, in place; tell if there are.

    Where every part is in sight: the table, the name in it, and the options.
    """
    factories = [scope for scope in source.scopes if _is_factory(source, scope)]
    words = {function.name for function in factories}
    found = False
    for scope in source.scopes if factories else ():
        for position, event in enumerate(scope.events):
            if not isinstance(event, Call) or event.word not in words:
                continue
            function = source.defined(event.node.func, scope)
            if function is None or function not in factories:
                continue
            built = _Factory(source, function, event).call()
            if built is not None:
                event.node.func, event.node.args = built.func, built.args
                event.node.keywords = built.keywords
                word = getattr(built.func, "attr", getattr(built.func, "id", ""))
                scope.events[position] = event._replace(word=word)
                found = True
    return found


def _is_factory(source: Source, function: Scope) -> bool:
    """Tell whether all that a function returns is a call of what a table or getattr gives."""
    made = function.returns[0].value if len(function.returns) == 1 else None
    if not function.is_function or not isinstance(made, ast.Call):
        return False
    return _chosen(source, made.func, function) is not None


def _chosen(source: Source, called: ast.expr, function: Scope) -> ast.expr | None:
    """Return TABLE[name] or getattr(module, name) that is called, through one name; else None."""
    held = _local(source, called, function)
    chosen = held if held is not None else called
    is_got = isinstance(chosen, ast.Call) and getattr(chosen.func, "id", "") == "getattr"
    plain = isinstance(chosen, ast.Subscript) or (is_got and len(chosen.args) == 2)  # type: ignore[attr-defined]
    return chosen if plain else None


def _local(source: Source, expr: ast.expr, function: Scope) -> ast.expr | None:
    """Return what a name of a function is set to in it, and alone; copies of itself left out."""
    if not isinstance(expr, ast.Name) or source.binder(expr.id, function) is not function:
        return None
    set_to = [
        event.value
        for event in function.events
        if isinstance(event, Assignment)
        and isinstance(event.target, ast.Name)
        and event.target.id == expr.id
        and getattr(original(event.value), "id", "") != expr.id
    ]
    return set_to[0] if len(set_to) == 1 and expr.id not in function.parameters else None


class _Factory:
    """One call of a factory, whose parts are read in the terms of the caller."""

    def __init__(self, source: Source, function: Scope, call: Call) -> None:
        self.source, self.function, self.outer = source, function, call
        self.bound = bound_arguments(function, call)
        args = function.node.args  # type: ignore[union-attr]
        self.rest = call.node.args[len(args.posonlyargs) + len(args.args) - function.is_method :]
        self.others = [k for k in call.node.keywords if k.arg not in function.parameters]
        self.vararg = args.vararg.arg if args.vararg is not None else ""
        self.kwarg = args.kwarg.arg if args.kwarg is not None else ""

    def call(self) -> ast.Call | None:
        """Return the call that is made, None where a part of it is out of sight."""
        made = self.function.returns[0].value
        assert isinstance(made, ast.Call)
        kind = self.kind(_chosen(self.source, made.func, self.function))
        args, keywords = self.positional(made), self.named(made)
        if kind is None or args is None or keywords is None:
            return None
        return ast.copy_location(ast.Call(kind, args, keywords), self.outer.node)

    def kind(self, chosen: ast.expr | None) -> ast.expr | None:
        """Return the function or class that is chosen."""
        if isinstance(chosen, ast.Subscript):
            table, name = self.settled(chosen.value), self.settled(chosen.slice)
        elif isinstance(chosen, ast.Call):
            table, name = self.inside(chosen.args[0]), self.settled(chosen.args[1])
        else:
            return None
        text = name[0].value if name is not None and isinstance(name[0], ast.Constant) else None
        if table is None or not isinstance(text, str):
            return None
        if isinstance(chosen, ast.Call):
            inner = self.seen(table)
            attribute = ast.Attribute(inner, text, ast.Load()) if inner is not None else None
            return ast.copy_location(attribute, inner) if inner and attribute else None
        held = entry(table[0], text)
        return self.seen((held, table[1])) if held is not None else None

    def positional(self, made: ast.Call) -> list[ast.expr] | None:
        """Return the positional arguments, None where one is out of sight."""
        args: list[ast.expr | None] = []
        for each in made.args:
            if isinstance(each, ast.Starred):
                named = getattr(each.value, "id", None) == self.vararg
                args += self.rest if named else [None]
            else:
                args.append(self.seen(self.inside(each)))
        known = [arg for arg in args if arg is not None and not isinstance(arg, ast.Starred)]
        return known if len(known) == len(args) else None

    def named(self, made: ast.Call) -> list[ast.keyword] | None:
        """Return the arguments by keyword, those of ** written out; None where one is unseen."""
        found: list[ast.keyword] = []
        for item in made.keywords:
            if item.arg is not None:
                value = self.seen(self.inside(item.value))
                if value is None:
                    return None
                found.append(ast.copy_location(ast.keyword(item.arg, value), value))
            elif getattr(item.value, "id", None) == self.kwarg:
                found += self.others
            else:
                options = self.options(item.value)
                if options is None:
                    return None
                found += options
        return found

    def options(self, starred: ast.expr) -> list[ast.keyword] | None:
        """Return the items of the dict that ** gives, without those that were taken out of it."""
        held = self.settled(starred)
        if held is None or not is_dict(held[0]):
            return None
        gone = _taken_out(self.source, starred, self.function)
        given = self.bound.get(getattr(starred, "id", ""))
        gone |= _taken_out(self.source, given, self.outer.scope) if given is not None else set()
        pairs = (
            [(k.value, v) for k, v in zip(held[0].keys, held[0].values, strict=True)]  # type: ignore[union-attr]
            if isinstance(held[0], ast.Dict)
            else [(k.arg, k.value) for k in held[0].keywords]  # type: ignore[attr-defined]
        )
        named = [(name, self.seen((value, held[1]))) for name, value in pairs if name not in gone]
        if any(value is None for _, value in named):
            return None
        return [ast.copy_location(ast.keyword(str(n), v), v) for n, v in named if v is not None]

    def inside(self, expr: ast.expr) -> Given | None:
        """Return an expression of the function in the terms of the caller, None if it mixes."""
        expr = original(expr)
        local = _local(self.source, expr, self.function)
        if local is not None:
            return self.inside(local)
        if isinstance(expr, ast.Name) and expr.id in self.function.parameters:
            value = self.bound.get(expr.id) or defaults_of(self.function).get(expr.id)
            return (value, self.outer.scope) if value is not None else None
        if isinstance(expr, ast.Subscript):
            base, index = self.inside(expr.value), self.settled(expr.slice)
            if base is None or index is None or not isinstance(index[0], ast.Constant):
                return None
            part = ast.Subscript(base[0], index[0], ast.Load())
            return ast.copy_location(part, expr), base[1]
        own = {n.id for n in ast.walk(expr) if isinstance(n, ast.Name)} & self.function.bound
        return None if own else (expr, self.function)

    def settled(self, expr: ast.expr) -> Given | None:
        """Return the one thing that an expression of the function is in this call."""
        given = self.inside(expr)
        held = settled_through(self.source, *given) if given is not None else []
        return held[0] if len(held) == 1 else None

    def seen(self, given: Given | None) -> ast.expr | None:
        """Return an expression if it means at the call what it means where it is written."""
        if given is None:
            return None
        names = [node.id for node in ast.walk(given[0]) if isinstance(node, ast.Name)]
        at, out = self.outer.scope, self.source.binder
        return given[0] if all(out(n, at) is out(n, given[1]) for n in names) else None


def _taken_out(source: Source, options: ast.expr, scope: Scope) -> set[str]:
    """Return what is popped from a dict in a function, or left out as it is copied."""
    key, name = source.key(options, scope), getattr(options, "id", "")
    gone = set()
    for event in scope.events:
        if isinstance(event, Call) and event.word == "pop" and event.node.args:
            if key and source.key(event.receiver, scope) == key:
                gone |= _texts(event.node.args[0])
        elif isinstance(event, Assignment) and getattr(event.target, "id", None) == name:
            for test in ast.walk(event.value) if isinstance(event.value, ast.DictComp) else ():
                gone |= _texts(test) if isinstance(test, ast.Compare) else set()
    return gone


def _texts(expr: ast.expr) -> set[str]:
    return {
        node.value
        for node in ast.walk(expr)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
