"""A thing under another name: an import `as`, a variable that is given it, a `partial` of it."""

from __future__ import annotations

import ast
import copy
import re
from collections import Counter
from typing import TYPE_CHECKING, TypeGuard

from neural_trainer.inspect.lint.parts import default, part_values, settled
from neural_trainer.inspect.lint.scope import Call, Scope

if TYPE_CHECKING:
    from neural_trainer.inspect.lint.source import Source


def see_through_aliases(source: Source) -> None:
    """Give calls of what was imported `as` another name the word of the thing itself.

    As well those of a variable or attribute that is given such a thing, and nothing else.
    """
    words = {
        alias
        for scope in source.scopes
        for alias, what in scope.imports.items()
        if what.rpartition(".")[2] not in (alias, "")
    }
    given = {key.rpartition(".")[2].rpartition(":")[2] for key in source.assignments}
    for scope in source.scopes:
        for number, event in enumerate(scope.events):
            if not isinstance(event, Call) or event.word not in words | given:
                continue
            word = _own_word(source, event)
            if word:
                scope.events[number] = event._replace(word=word)


def _own_word(source: Source, call: Call) -> str:
    """Return the last part of the name of what a call by another name is of, "" for its own."""
    function = call.node.func
    binder = source.binder(call.word, call.scope) if isinstance(function, ast.Name) else None
    if binder is not None and call.word not in binder.bound:
        return binder.imports[call.word].rpartition(".")[2]
    items = source.assignments.get(source.key(function, call.scope), ())
    if len(items) != 1 or items[0].how != "=" or items[0].element is not None:
        return ""
    value: ast.expr = items[0].value
    root = value
    while isinstance(root, ast.Attribute):
        root = root.value
    at = source.binder(root.id, items[0].scope) if isinstance(root, ast.Name) else None
    if at is None or root is value or root.id in at.bound:  # type: ignore[attr-defined]
        return ""
    name = source.name(value, items[0].scope)
    return name.rpartition(".")[2] if _LIBRARIES.match(name) else ""


def stands_for(source: Source, expr: ast.expr, scope: Scope) -> str:
    """Return the full name of what a variable, attribute or item is given of a library, and alone.

    "torch.nn.functional.relu" of `act` after act = F.relu, and of getattr(F, "relu").
    """
    if isinstance(expr, ast.Call):
        return _got_by_name(source, expr, scope) or _given_back(source, expr, scope)
    if not isinstance(expr, (ast.Name, ast.Attribute, ast.Subscript)):
        return ""
    key = source.key(expr, scope)
    if not key:
        held = part_values(source, expr, scope)  # of a dict that is written where it is asked
        return source.name(*held[0]) if len(held) == 1 and _is_dotted(held[0][0]) else ""
    place = f"{key} {ast.unparse(expr)}" if "[*]" in key else key
    known: dict[str, str] = source.kept.setdefault("stands_for", {})
    if place not in known:
        known[place] = ""  # while it is being worked out: a name may be given itself
        known[place] = _only_name(source, expr, scope)
    return known[place]


def _given_back(source: Source, call: ast.Call, scope: Scope) -> str:
    """Return the full name of what a function of this file gives back, always and as it is."""
    made = source.defined(call.func, scope)
    results = made.returns if made is not None and made.is_function else []
    plain = len(results) == 1 and _is_dotted(results[0].value)
    name = source.name(results[0].value, made) if plain and made is not None else ""
    return name if _LIBRARIES.match(name) else ""


def _is_dotted(value: ast.expr) -> bool:
    return isinstance(value, (ast.Name, ast.Attribute, ast.Subscript))


def _only_name(source: Source, expr: ast.expr, scope: Scope) -> str:
    values = list(source.values(expr, scope))
    if isinstance(expr, ast.Name):
        values += [(value, at, None) for value, at in default(source, expr, scope)]
    names = set()
    for value, at, index in values:
        plain = _is_dotted(value) or _is_got(value)
        names.add(source.name(value, at) if plain and index is None else "")
    name = names.pop() if len(names) == 1 else ""
    return name if _LIBRARIES.match(name) else ""


_LIBRARIES = re.compile(r"(?:torch|transformers|timm|numpy|bitsandbytes|apex)[\w]*\.")
"""Of whose functions and classes rules know what they do."""


def _is_got(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and getattr(value.func, "id", "") == "getattr"


def _got_by_name(source: Source, call: ast.Call, scope: Scope) -> str:
    """Return the full name of what getattr(nn, "ReLU") gives, "" of any other call."""
    if not _is_got(call) or len(call.args) != 2 or not _is_dotted(call.args[0]):
        return ""
    module, name = source.name(call.args[0], scope), call.args[1]
    if not isinstance(name, ast.Constant):
        given = settled(source, name, scope)
        name = given[0][0] if len(given) == 1 else name
    known = module and isinstance(name, ast.Constant) and isinstance(name.value, str)
    return f"{module}.{name.value}" if known else ""  # type: ignore[attr-defined]


def same_function(source: Source, expr: ast.expr, scope: Scope) -> Scope | None:
    """Return the function or class of this file that a variable or attribute is given, and alone.

    A lambda as well, act = lambda x: x * x, and what a function here makes: step = make_step(net).
    """
    if "assignments" not in source.__dict__:  # being worked out, which asks for bases of classes
        return None
    items = source.assignments.get(source.key(expr, scope), ())
    if len(items) != 1 or items[0].how != "=" or items[0].element is not None:
        return None
    value = items[0].value
    if isinstance(value, ast.Lambda):
        return source.defined(value, items[0].scope)
    if not isinstance(value, (ast.Name, ast.Attribute, ast.Call)):
        return None
    seen: set[int] = source.kept.setdefault("same_function", set())
    if id(value) in seen:
        return None
    seen.add(id(value))  # while it is being worked out: a name may be given itself
    if isinstance(value, ast.Call):
        made = _function_made(source, value, items[0].scope)
    else:
        made = source.defined(value, items[0].scope)
    seen.discard(id(value))
    return made


def _function_made(source: Source, call: ast.Call, scope: Scope) -> Scope | None:
    """Return the inner function that a function of this file makes and returns, None of others."""
    if isinstance(call.func, ast.Attribute) and not isinstance(call.func.value, ast.Name):
        return None
    if source.name(call.func, scope) in _COMPILES and call.args:  # step = torch.compile(step)
        made = source.defined(call.args[0], scope)
        return made if made is not None and made.is_function else None
    maker = source.defined(call.func, scope, passed=False)
    if maker is None or not maker.is_function or not maker.returns:
        return None
    values = [item.value for item in maker.returns]
    inner = [maker.inner.get(v.id) if isinstance(v, ast.Name) else None for v in values]
    alone = inner[0] if len({id(each) for each in inner}) == 1 else None
    return alone if alone is not None and alone.is_function else None


_COMPILES = ("torch.compile", "torch.jit.script")


def lay_in_partials(tree: ast.Module) -> dict[int, ast.Call]:
    """Turn calls of a name for `partial(f, a, k=b)` into calls of f with a, k=b and their own.

    In place. Of a name or an attribute that is bound once in the whole file, so that nothing else
    can be meant; None beside it is no other. Returns the partial by the id of each call.
    """
    laid_in: dict[int, ast.Call] = {}
    nodes = list(ast.walk(tree))
    bound = Counter(_spelled(node) for node in nodes if _is_bound(node))
    bound.update(node.arg for node in nodes if isinstance(node, ast.arg))
    named = {
        _spelled(node.targets[0]): _or_none(node.value)
        for node in nodes
        if isinstance(node, ast.Assign)
        and _is_bound(node.targets[0])
        and is_partial(_or_none(node.value))
        and bound[_spelled(node.targets[0])] == len(node.targets) == 1
    }
    for node in nodes if named else ():
        for _ in range(4):  # a partial of a partial
            name = _spelled(node.func) if isinstance(node, ast.Call) else ""
            partial = named.get(name)
            if not isinstance(node, ast.Call) or not is_partial(partial):
                break
            laid_in[id(node)] = partial
            held = copy.deepcopy(partial)
            own = {item.arg for item in node.keywords}
            node.func = ast.copy_location(held.args[0], node.func)
            node.args = [*held.args[1:], *node.args]
            node.keywords = [k for k in held.keywords if k.arg not in own] + node.keywords
    return laid_in


def _spelled(target: ast.AST) -> str:
    """Return how the file spells a name, or an attribute of self; "" of others."""
    if isinstance(target, ast.Name):
        return target.id
    of_self = isinstance(target, ast.Attribute) and getattr(target.value, "id", "") == "self"
    return f"self.{target.attr}" if of_self else ""  # type: ignore[attr-defined]


def _or_none(value: ast.expr) -> ast.expr:
    """Return what a value is where it is not None: a of `a if wanted else None`."""
    if isinstance(value, ast.IfExp) and ast.unparse(value.orelse) == "None":
        return value.body
    return value


def call_of_partial(value: ast.expr) -> ast.Call | None:
    """Return the call of f(a, k=b) that partial(f, a, k=b) stands for, None for another value."""
    if not is_partial(value):
        return None
    return ast.copy_location(ast.Call(value.args[0], value.args[1:], value.keywords), value)


def see_through_handles(source: Source) -> bool:
    """Give calls of a variable, an item or getattr that is one class of a library its word.

    `kind(...)` where kind = torch.optim.AdamW, getattr(torch.optim, "AdamW")(...). Returns whether
    there were any.
    """
    found = False
    for scope in source.scopes:
        for number, event in enumerate(scope.events):
            if not isinstance(event, Call):
                continue
            function = event.node.func
            other = isinstance(function, (ast.Subscript, ast.Call))
            if other or source.key(function, scope) in source.assignments:
                name = source.name(function, scope)
                word = name.rpartition(".")[2] if _LIBRARIES.match(name) else ""
                if word[:1].isupper() and word != event.word:
                    scope.events[number] = event._replace(word=word)
                    found = True
    return found


def is_partial(value: ast.AST | None) -> TypeGuard[ast.Call]:
    """Tell whether an expression is functools.partial of something that has a name."""
    if not isinstance(value, ast.Call) or not value.args:
        return False
    word = (
        value.func.attr if isinstance(value.func, ast.Attribute) else getattr(value.func, "id", "")
    )
    return word == "partial" and isinstance(value.args[0], (ast.Name, ast.Attribute))


def _is_bound(node: ast.AST) -> bool:
    stores = not isinstance(getattr(node, "ctx", None), (ast.Load, type(None)))
    return stores and bool(_spelled(node))
