"""On which test set a number was measured, and what is chosen by such numbers."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from neural_trainer.inspect.lint.loaders import looped_over
from neural_trainer.inspect.lint.parts import entry, fields_of
from neural_trainer.inspect.lint.scope import Assignment, Call, Place, Scope
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.test_sets import is_test_name

_TRAIN = re.compile(r"train", re.IGNORECASE)
_CHOOSES = ("min", "max", "sorted", "nlargest", "nsmallest")


def measured_on(source: Source, value: ast.expr, scope: Scope, depth: int = 4) -> str:
    """Return the test set that a number was measured on, by what made it; "" of none."""
    if depth <= 0:
        return ""
    if isinstance(value, ast.Name):
        return _of_name(source, value, scope, depth)
    while isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and not value.args:
        if _callee(source, value, scope) is not None:
            break
        value = value.func.value  # accuracy(net, test).item()
    if isinstance(value, ast.BinOp):
        sides = (measured_on(source, s, scope, depth - 1) for s in (value.left, value.right))
        return next((side for side in sides if side), "")
    if isinstance(value, ast.Subscript):
        return measured_on(source, value.value, scope, depth - 1)
    return _of_call(source, value, scope) if isinstance(value, ast.Call) else ""


def _callee(source: Source, call: ast.Call, scope: Scope) -> Scope | None:
    return source.callee(Call(call, "", Place(), scope))


def _of_name(source: Source, name: ast.Name, scope: Scope, depth: int) -> str:
    key = source.key(name, scope)
    for item in source.assignments.get(key, ()):
        if item.how == "+=" and item.scope is scope and item.place.loops:
            data = _tested(item, scope)
            if data:
                return data
    last = source.last_value(name, scope, Place())
    if last is None:
        return ""
    return measured_on(source, _one_of(source, last, scope), scope, depth - 1)


def _one_of(source: Source, given: Assignment, scope: Scope) -> ast.expr:
    """Return a value, of val, test = scores(*masks) the call for the one that is asked about."""
    value, element = given.value, given.element
    if not isinstance(value, ast.Call) or element is None or element >= len(value.args):
        return value
    made = _callee(source, value, scope)
    args = getattr(made.node, "args", None) if made is not None else None
    if args is None or args.vararg is None or len(made.parameters) > int(made.is_method):  # type: ignore[union-attr]
        return value
    return ast.copy_location(ast.Call(value.func, [value.args[element]], []), value)


def _tested(item: Assignment, scope: Scope) -> str:
    """Return the test set that a sum is taken over, "" of other sums."""
    over = [ast.unparse(each) for loop in item.place.loops for each in looped_over(loop)]
    return next((name for name in over if is_test_name(name)), "")


def _of_call(source: Source, call: ast.Call, scope: Scope) -> str:
    given = [*call.args, *(k.value for k in call.keywords)]
    names = [ast.unparse(a) for a in given if isinstance(a, (ast.Name, ast.Attribute))]
    if any(_TRAIN.search(name) for name in names):
        return ""
    data = next((name for name in names if is_test_name(name)), "")
    made = _callee(source, call, scope)
    if data or made is None or not made.is_function:
        return data
    over = [
        each
        for loop in {loop for event in made.events for loop in event.place.loops}
        for each in looped_over(loop)
        if isinstance(each, (ast.Name, ast.Attribute))
        and getattr(each, "id", "") not in made.parameters
    ]
    names = [ast.unparse(each) for each in over]
    if any(_TRAIN.search(name) for name in names):
        return ""
    return next((name for name in names if is_test_name(name)), "")


def selections(source: Source) -> Iterator[tuple[ast.expr, str]]:
    """Yield each min or max by a key that was measured on a test set, with that set."""
    for call in source.called(*_CHOOSES):
        key = call.argument(99, "key")
        held = call.argument(0)
        if key is None or held is None or source.callee(call) is not None:
            continue
        for item, at in _items(source, held, call.scope):
            part = _field(source, item, at, key)
            data = measured_on(source, part, at) if part is not None else ""
            if data:
                yield call.node, data
                break


def _items(source: Source, held: ast.expr, scope: Scope) -> Iterator[tuple[ast.expr, Scope]]:
    """Yield what a list or a table is filled with."""
    if isinstance(held, ast.Call) and getattr(held.func, "attr", "") in ("items", "values"):
        held = held.func.value  # type: ignore[attr-defined]
    if isinstance(held, (ast.ListComp, ast.GeneratorExp)):
        yield held.elt, scope
    elif isinstance(held, ast.DictComp):
        yield held.value, scope
    key = source.key(held, scope)
    for value, at, index in source.values(held, scope) if key else ():
        if index is None and isinstance(value, (ast.ListComp, ast.GeneratorExp, ast.DictComp)):
            yield from _items(source, value, at)
    for call in source.called("append") if key else ():
        if source.key(call.receiver, call.scope) == key and call.node.args:
            yield call.node.args[0], call.scope
    for other, items in source.assignments.items() if key else ():
        if other.startswith(f"{key}["):
            yield from ((item.value, item.scope) for item in items)


def _field(source: Source, item: ast.expr, at: Scope, key: ast.expr) -> ast.expr | None:
    """Return what of an item the key asks for: r.error, r[1], r["acc"], table.get, table[k]."""
    if isinstance(key, ast.Attribute):  # results.get
        return item if key.attr in ("get", "__getitem__") else None
    if not isinstance(key, ast.Lambda) or not key.args.args:
        return None
    asked, name = key.body, key.args.args[0].arg
    while isinstance(asked, ast.UnaryOp):
        asked = asked.operand
    if isinstance(asked, ast.Subscript) and getattr(asked.value, "id", "") != name:
        return item if getattr(asked.slice, "id", "") == name else None  # table[k]
    if isinstance(asked, ast.Subscript) and isinstance(asked.slice, ast.Constant):
        place = asked.slice.value
        if isinstance(item, ast.Tuple) and isinstance(place, int):
            inside = -len(item.elts) <= place < len(item.elts)
            return item.elts[place] if inside else None
        if isinstance(place, str):
            return entry(item, place)
        return item if place == 1 else None  # of table.items()
    if isinstance(asked, ast.Attribute) and getattr(asked.value, "id", "") == name:
        return _named_field(source, item, at, asked.attr)
    return None


def _named_field(source: Source, item: ast.expr, at: Scope, name: str) -> ast.expr | None:
    """Return what an object of a class of this file is given as a field when it is made."""
    if not isinstance(item, ast.Call):
        return None
    given = next((k.value for k in item.keywords if k.arg == name), None)
    cls = source.defined(item.func, at)
    fields = fields_of(cls) if cls is not None and cls.is_class else []
    place = fields.index(name) if name in fields else len(item.args)
    return given if given is not None else item.args[place] if place < len(item.args) else None
