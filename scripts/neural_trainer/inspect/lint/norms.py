"""Normalisation layers of a model: of its class, of what builds it, or of its library."""

from __future__ import annotations

import ast
import re

from neural_trainer.inspect.lint.parts import settled
from neural_trainer.inspect.lint.roles import is_module_class
from neural_trainer.inspect.lint.scope import Scope
from neural_trainer.inspect.lint.source import Source

_NORM = re.compile(r"(?:Layer|Batch|Group|Instance|RMS)Norm(?:\dd)?$|Transformer\w*Layer$")
_KNOWN = re.compile(
    r"timm\.create_model|torchvision\.models\.(?:resnet|convnext|vit|swin|efficientnet|densenet)"
    r"|transformers\.AutoModel\w*\.from_pretrained"
)


def norm_in(
    source: Source, model: ast.expr, scope: Scope, depth: int = 4
) -> tuple[str, int] | None:
    """Return a normalisation layer that a model holds, and its line; None where none is seen."""
    if depth == 0:
        return None
    key = source.key(model, scope)
    own = source.scopes[int(key.split(":")[0])] if key.endswith(":self") else None
    cls = own or source.class_of(model, scope)
    if cls is not None:
        return _of_class(source, cls, {cls.number})
    for value, at in settled(source, model, scope):
        if isinstance(value, (ast.Name, ast.Attribute)):  # what callers give
            found = norm_in(source, value, at, depth - 1)
            if found is not None:
                return found
        for each in ast.walk(value):
            if not isinstance(each, ast.Call):
                continue
            name = source.name(each.func, at)
            if _KNOWN.match(name):
                return "norms", each.lineno
            if name.startswith("torch.nn.") and _NORM.search(name):
                return name.rpartition(".")[2], each.lineno
            made = source.defined(each.func, at)
            if made is not None and made.is_class and is_module_class(source, made):
                found = _of_class(source, made, {made.number})
                if found is not None:
                    return found
            for item in made.returns if made is not None and made.is_function else ():
                found = norm_in(source, item.value, made or at, depth - 1)
                if found is not None:
                    return found
    return None


def _of_class(source: Source, cls: Scope, seen: set[int]) -> tuple[str, int] | None:
    """Return a normalisation layer that a class of this file builds, or a class that it builds."""
    for each in ast.walk(cls.node):
        if not isinstance(each, ast.Call):
            continue
        name = source.name(each.func, cls)
        if name.startswith("torch.nn.") and _NORM.search(name):
            return name.rpartition(".")[2], each.lineno
        made = source.defined(each.func, cls)
        if made is None or not made.is_class or made.number in seen:
            continue
        if _NORM.search(made.name) and "Parameter(" in ast.unparse(made.node):
            return made.name, each.lineno
        seen.add(made.number)
        found = _of_class(source, made, seen)
        if found is not None:
            return found
    return None
