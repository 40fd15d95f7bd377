"""What an attribute, an item or an element is, by how the thing that holds it was made.

cfg.lr of a dataclass, a NamedTuple, argparse or saved hyper-parameters; table["a"] of a dict;
x of `for x in [a, b]`.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, TypeAlias

from neural_trainer.inspect.lint.scope import Assignment, Scope

if TYPE_CHECKING:
    from neural_trainer.inspect.lint.source import Source

Given: TypeAlias = "tuple[ast.expr, Scope]"


def part_values(source: Source, expr: ast.expr, scope: Scope) -> list[Given]:
    """Return what an attribute or item can be, [] where what holds it is out of sight."""
    if isinstance(expr, ast.Attribute):
        return _of_attribute(source, expr, scope)
    if isinstance(expr, ast.Subscript):
        return _of_item(source, expr, scope)
    return []


def default(source: Source, name: ast.Name, scope: Scope) -> list[Given]:
    """Return the default of a parameter, unless every call in this file gives it."""
    function = source.binder(name.id, scope)
    node = function.node if function is not None else None
    if function is None or not isinstance(
        node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    ):
        return []
    callers = source.callers.get(function.number, [])
    if callers and len(source.passed(function, name.id)) >= len(callers):
        return []
    at = function.parent or source.module
    positional = [*node.args.posonlyargs, *node.args.args]
    pairs = list(zip(reversed(positional), reversed(node.args.defaults)))  # noqa: B905
    found = [(value, at) for arg, value in pairs if arg.arg == name.id]
    for arg, value in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
        if arg.arg == name.id and value is not None:
            found.append((value, at))
    return found


def annotated(source: Source, function: Scope, parameter: ast.Name) -> list[Given]:
    """Return what makes an object of the class of this file that a parameter is said to be."""
    args = getattr(function.node, "args", None)
    every = [*args.posonlyargs, *args.args, *args.kwonlyargs] if args is not None else []
    said = next((a.annotation for a in every if a.arg == parameter.id), None)
    at = function.parent or source.module
    cls = source.defined(said, at) if said is not None else None
    if said is None or cls is None or not cls.is_class:
        return []
    return [(ast.copy_location(ast.Call(said, [], []), said), at)]


def settled(source: Source, expr: ast.expr, scope: Scope) -> list[Given]:
    """Return an expression itself where it is no name, else what the name is set to."""
    if isinstance(expr, (ast.Name, ast.Attribute, ast.Subscript)):
        found = [(v, at) for v, at, index in source.values(expr, scope) if index is None]
        return found + (default(source, expr, scope) if isinstance(expr, ast.Name) else [])
    return [(expr, scope)]


def entry(options: ast.expr, name: str) -> ast.expr | None:
    """Return what a dict that is written out has under `name`."""
    if isinstance(options, ast.Dict):
        for key, value in zip(options.keys, options.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == name:
                return value
    elif is_dict(options) and isinstance(options, ast.Call):
        return next((k.value for k in options.keywords if k.arg == name), None)
    return None


def is_dict(expr: ast.expr) -> bool:
    """Tell whether an expression is a dict that is written out whole."""
    if isinstance(expr, ast.Dict):
        return None not in expr.keys
    made = isinstance(expr, ast.Call) and isinstance(expr.func, ast.Name) and expr.func.id == "dict"
    return (
        made and isinstance(expr, ast.Call) and not expr.args and all(k.arg for k in expr.keywords)
    )


def element_values(source: Source, item: Assignment) -> list[Given]:
    """Return what the target of a `for` can be, where what it goes over is written out."""
    found: list[Given] = []
    for over, at in settled(source, item.value, item.scope):
        for value in _elements(over):
            part = value
            if item.element is not None:
                if not isinstance(value, (ast.Tuple, ast.List)) or item.element >= len(value.elts):
                    return []
                part = value.elts[item.element]
            found.append((part, at))
    return found


def _elements(over: ast.expr) -> list[ast.expr]:
    if isinstance(over, (ast.List, ast.Tuple, ast.Set)):
        return [] if any(isinstance(e, ast.Starred) for e in over.elts) else over.elts
    if isinstance(over, (ast.ListComp, ast.GeneratorExp)):
        return [over.elt]
    word = (
        getattr(over.func, "attr", getattr(over.func, "id", ""))
        if isinstance(over, ast.Call)
        else ""
    )
    if word in ("ModuleList", "list", "tuple", "reversed") and isinstance(over, ast.Call):
        return _elements(over.args[0]) if len(over.args) == 1 else []
    return []


def _of_attribute(source: Source, expr: ast.Attribute, scope: Scope) -> list[Given]:
    holder = source.key(expr.value, scope)
    if holder.endswith(":self"):
        return []
    if holder.endswith(":self.hparams"):
        return _of_hparams(source, source.scopes[int(holder.split(":")[0])], expr.attr)
    for value, at in settled(source, expr.value, scope):
        if source.key(value, at).endswith(":self.hparams"):
            owner = source.scopes[int(source.key(value, at).split(":")[0])]
            return _of_hparams(source, owner, expr.attr)
        found = _of_made(source, value, at, expr.attr)
        if found:
            return found
    cls = source.class_of(expr.value, scope)
    if cls is None:
        return []
    own = source.assignments.get(f"{cls.number}:self.{expr.attr}", [])
    fields = own or source.assignments.get(f"{cls.number}:{expr.attr}", [])
    return [(item.value, item.scope) for item in fields if item.element is None]


def _of_made(source: Source, made: ast.expr, at: Scope, name: str) -> list[Given]:
    """Return a field by the call that makes its object: by keyword, place, or argparse default."""
    if not isinstance(made, ast.Call):
        return []
    inner = next((k.value for k in made.keywords if k.arg == name), None)
    if inner is not None:
        return [(inner, at)]
    if isinstance(made.func, ast.Attribute) and made.func.attr.startswith("parse_"):
        return _option_default(source, name)
    cls = source.defined(made.func, at) if isinstance(made.func, ast.Name) else None
    fields = fields_of(cls) if cls is not None else []
    if cls is None or name not in fields or "__init__" in cls.inner:
        return []
    place = fields.index(name)
    if place < len(made.args):
        return [(made.args[place], at)]
    kept = source.assignments.get(f"{cls.number}:{name}", [])
    return [(item.value, item.scope) for item in kept]


def fields_of(cls: Scope) -> list[str]:
    """Return the annotated names of a class body in order: the fields of a dataclass."""
    body = cls.node.body if isinstance(cls.node, ast.ClassDef) else []
    return [
        each.target.id
        for each in body
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
    ]


def _of_hparams(source: Source, cls: Scope, name: str) -> list[Given]:
    """Return an argument of __init__ that save_hyperparameters() keeps."""
    made = cls.inner.get("__init__")
    if made is None or name not in made.parameters:
        return []
    if not any(call.word == "save_hyperparameters" for call in made.calls()):
        return []
    return source.passed(made, name) + default(source, ast.Name(name), made)


def _option_default(source: Source, name: str) -> list[Given]:
    found = []
    for call in source.called("add_argument"):
        flags = [a.value for a in call.node.args if isinstance(a, ast.Constant)]
        if any(str(flag).lstrip("-").replace("-", "_") == name for flag in flags):
            value = call.argument(99, "default")
            if value is not None:
                found.append((value, call.scope))
    return found


def _of_item(source: Source, expr: ast.Subscript, scope: Scope) -> list[Given]:
    """Return what a dict or list that is written out has at an index."""
    indices = [expr.slice] if isinstance(expr.slice, ast.Constant) else []
    if isinstance(expr.slice, (ast.Name, ast.Attribute)):
        indices = [v for v, _ in settled(source, expr.slice, scope) if isinstance(v, ast.Constant)]
    found: list[Given] = []
    holders = settled(source, expr.value, scope) if indices else []
    for _ in range(3):  # main(SETTINGS), which hands them on
        handed = [each for each in holders if isinstance(each[0], ast.Name)]
        holders = [each for each in holders if not isinstance(each[0], ast.Name)]
        holders += [each for held, at in handed for each in settled(source, held, at)]
    for held, at in holders:
        for index in indices:
            at_index = index.value if isinstance(index, ast.Constant) else None
            if isinstance(held, (ast.List, ast.Tuple)) and isinstance(at_index, int):
                inside = -len(held.elts) <= at_index < len(held.elts)
                inner = held.elts[at_index] if inside else None
            else:
                inner = entry(held, str(at_index))
            if inner is not None:
                found.append((inner, at))
    return found
