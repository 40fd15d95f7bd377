"""Which class of this file a call gives an object of: through makers, class methods, super()."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from neural_trainer.inspect.lint.scope import Scope

if TYPE_CHECKING:
    from neural_trainer.inspect.lint.source import Source


def class_made(
    source: Source, call: ast.Call, scope: Scope, passed: bool, depth: int
) -> Scope | None:
    """Return the class of this file that a call gives an object of, None of any other."""
    func = call.func
    if isinstance(func, ast.Name):
        return _by_name(source, func, scope, passed, depth)
    if isinstance(func, ast.Subscript) and (entry := source.defined(func, scope)) is not None:
        return entry if entry.is_class else _given_back(source, entry, passed, depth)
    if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name):
        owner = source.defined(func.value, scope, passed)
        maker = source.method(owner, func.attr) if owner is not None and owner.is_class else None
        if owner is not None and maker is not None and maker.is_function:  # Config.load(path)
            given = _given_back(source, maker, passed, depth)
            return owner if given in source.bases(owner) else given
    if isinstance(func, (ast.Attribute, ast.Subscript)):
        held = source.values(func, scope, passed)  # run.kind() of a dataclass
        named = source.defined(*held[0][:2]) if len(held) == 1 else None
        return named if named is not None and named.is_class else None
    return None


def _by_name(
    source: Source, func: ast.Name, scope: Scope, passed: bool, depth: int
) -> Scope | None:
    if func.id == "super":
        cls = source.class_around(scope)
        return next(iter(source.bases(cls)[1:]), None) if cls is not None else None
    made = source.defined(func, scope)
    if made is None:  # cls(...) of a class method
        own = scope.parent if scope.is_function and func.id in scope.parameters[:1] else None
        return own if func.id == "cls" and own is not None and own.is_class else None
    return made if made.is_class else _given_back(source, made, passed, depth)


def _given_back(source: Source, maker: Scope, passed: bool, depth: int) -> Scope | None:
    """Return the class of all that a function gives back, else the one that it is said to."""
    values = [source.class_of(r.value, maker, passed, depth - 1) for r in maker.returns]
    if values and values[0] is not None and len(set(map(id, values))) == 1:
        return values[0]
    return class_said(source, getattr(maker.node, "returns", None), maker.parent or source.module)


def class_said(source: Source, annotation: ast.expr | None, scope: Scope) -> Scope | None:
    """Return the class of this file that an annotation names: Config, "Config", Config | None."""
    if isinstance(annotation, ast.BinOp) and ast.unparse(annotation.right) == "None":
        annotation = annotation.left
    if isinstance(annotation, ast.Subscript) and ast.unparse(annotation.value) == "Optional":
        annotation = annotation.slice
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        annotation = ast.copy_location(ast.Name(annotation.value, ast.Load()), annotation)
    if not isinstance(annotation, (ast.Name, ast.Attribute)):
        return None
    cls = source.defined(annotation, scope, passed=False)
    return cls if cls is not None and cls.is_class else None
