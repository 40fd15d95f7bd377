"""Normalisation layers of a model: of its class, of what builds it, or of its library."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from neural_trainer.inspect.lint.parts import settled
from neural_trainer.inspect.lint.roles import is_module_class
from neural_trainer.inspect.lint.scope import Assignment, Scope
from neural_trainer.inspect.lint.source import Source

_NORM = re.compile(r"(?:Layer|Batch|Group|Instance|RMS)Norm(?:\dd)?$|Transformer\w*Layer$")
_KNOWN = re.compile(
    r"timm\.create_model|torchvision\.models\.(?:resnet|convnext|vit|swin|efficientnet|densenet)"
    r"|transformers\.\w*(?:Model\w*|For[A-Z]\w*)\.from_(?:pretrained|config)"
)
_OF_LIBRARIES = (
    "bn1.weight", "norm1.weight", "ln_1.weight", "LayerNorm.weight", "layer_norm.weight",
)  # fmt: skip
"""What libraries call the scale of a norm; which of these a model has is not in sight."""


class Norm(NamedTuple):
    """A normalisation layer: its kind, the line it is built on, what its scale may be called."""

    kind: str
    line: int
    names: tuple[str, ...]


def norm_in(source: Source, model: ast.expr, scope: Scope) -> Norm | None:
    """Return a normalisation layer that a model holds; None where none is seen."""
    return next(norms_in(source, model, scope), None)


def norms_in(source: Source, model: ast.expr, scope: Scope, depth: int = 4) -> Iterator[Norm]:
    """Yield the normalisation layers that a model holds, as far as they are seen."""
    if depth == 0:
        return
    key = source.key(model, scope)
    own = source.scopes[int(key.split(":")[0])] if key.endswith(":self") else None
    cls = own or source.class_of(model, scope)
    if cls is not None:
        yield from _of_class(source, cls, {cls.number})
        return
    for value, at in settled(source, model, scope):
        if isinstance(value, (ast.Name, ast.Attribute)):  # what callers give
            yield from norms_in(source, value, at, depth - 1)
        for each in ast.walk(value):
            if isinstance(each, ast.Call):
                yield from _of_call(source, each, at, depth)


def _of_call(source: Source, call: ast.Call, at: Scope, depth: int) -> Iterator[Norm]:
    name = source.name(call.func, at)
    if _KNOWN.match(name):
        yield Norm("norms", call.lineno, _OF_LIBRARIES)
    elif name.startswith("torch.nn.") and _NORM.search(name):
        yield Norm(name.rpartition(".")[2], call.lineno, ("0.weight",))
    made = source.defined(call.func, at)
    if made is not None and made.is_class and is_module_class(source, made):
        yield from _of_class(source, made, {made.number})
    for item in made.returns if made is not None and made.is_function else ():
        yield from norms_in(source, item.value, made or at, depth - 1)


def _of_class(source: Source, cls: Scope, seen: set[int]) -> Iterator[Norm]:
    """Yield the normalisation layers that a class of this file builds, or one that it builds."""
    called = _attributes(source, cls)
    for each in ast.walk(cls.node):
        if not isinstance(each, ast.Call):
            continue
        name = source.name(each.func, cls)
        attribute = called.get(id(each), "0")
        if name.startswith("torch.nn.") and _NORM.search(name):
            inner = "norm1." if name.endswith("Layer") else ""
            yield Norm(name.rpartition(".")[2], each.lineno, (f"{attribute}.{inner}weight",))
        made = source.defined(each.func, cls)
        if made is None or not made.is_class or made.number in seen:
            continue
        if _NORM.search(made.name) and "Parameter(" in ast.unparse(made.node):
            scales = [
                event.target.attr
                for scope in made.inner.values()
                for event in scope.events
                if isinstance(event, Assignment)
                and isinstance(event.target, ast.Attribute)
                and "Parameter(" in ast.unparse(event.value)
            ]
            yield Norm(made.name, each.lineno, (f"{attribute}.{(*scales, 'weight')[0]}",))
            continue
        seen.add(made.number)
        yield from _of_class(source, made, seen)


def _attributes(source: Source, cls: Scope) -> dict[int, str]:
    """Return what the layers built in a class are called in it, by the id of the call."""
    found: dict[int, str] = {}
    for method in cls.inner.values():
        for event in method.events:
            if not isinstance(event, Assignment) or not isinstance(event.target, ast.Attribute):
                continue
            name = event.target.attr
            layers = event.value.args if isinstance(event.value, ast.Call) else []
            for node in ast.walk(event.value):
                found[id(node)] = name if node is event.value else f"{name}.0"
            for place, layer in enumerate(layers):
                found[id(layer)] = f"{name}.{place}"
    return found
