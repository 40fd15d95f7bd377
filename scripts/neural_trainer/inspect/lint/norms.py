"""Normalisation layers of a model: of its class, of what builds it, or of its library."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from neural_trainer.inspect.lint.parts import settled
from neural_trainer.inspect.lint.roles import is_module_class
from neural_trainer.inspect.lint.scope import Assignment, Call, Place, Scope
from neural_trainer.inspect.lint.settings import setting, truth, word
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
_FAMILIES = (
    (r"gpt-?2|gpt-?neo(?!x)|gpt-?j", "h.0.ln_1.weight"),
    (r"t5", "block.0.layer.0.layer_norm.weight"),
    (r"bart|pegasus|whisper|\bopt", "layers.0.self_attn_layer_norm.weight"),
    (r"llama|mi[sx]tral|qwen|gemma|pythia|neox", "layers.0.input_layernorm.weight"),
    (r"distilbert", "layer.0.sa_layer_norm.weight"),
    (r"(?<!modern)bert|electra", "embeddings.LayerNorm.weight"),
)
"""What transformers calls one, by the name of a class or a checkpoint in small letters."""


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
        yield Norm("norms", call.lineno, _names_of_library(source, call, at, name))
    elif _is_scaled(source, call, at, name):
        yield Norm(name.rpartition(".")[2], call.lineno, ("0.weight",))
    made = source.defined(call.func, at)
    if made is not None and made.is_class and is_module_class(source, made):
        yield from _of_class(source, made, {made.number})
    for item in made.returns if made is not None and made.is_function else ():
        yield from norms_in(source, item.value, made or at, depth - 1)


def _is_scaled(source: Source, call: ast.Call, at: Scope, name: str) -> bool:
    """Tell whether a call builds a norm of torch that has a scale: affine unless told otherwise."""
    if not name.startswith("torch.nn.") or not _NORM.search(name):
        return False
    place, keyword = next((v for k, v in _AFFINE.items() if k in name), (99, ""))
    given = setting(source, Call(call, "", Place(), at), place, keyword)
    said = truth(source, *given) if given is not None else None
    return said is True if "InstanceNorm" in name else said is not False


_AFFINE = {
    "LayerNorm": (2, "elementwise_affine"), "RMSNorm": (2, "elementwise_affine"),
    "BatchNorm": (3, "affine"), "GroupNorm": (3, "affine"), "InstanceNorm": (3, "affine"),
}  # fmt: skip
"""Where norms of torch are told whether they have a scale; an InstanceNorm has none by default."""


def _names_of_library(source: Source, call: ast.Call, at: Scope, name: str) -> tuple[str, ...]:
    """Return what a model of a library may call the scale of a norm, by its family if it says."""
    checkpoint = word(source, call.args[0], at) if call.args else None
    said = f"{name.split('.')[-2]} {checkpoint or ''}".lower()
    family = name.startswith("transformers.")
    known = next((n for pattern, n in _FAMILIES if family and re.search(pattern, said)), None)
    return (known,) if known else _OF_LIBRARIES


def _of_class(source: Source, cls: Scope, seen: set[int]) -> Iterator[Norm]:
    """Yield the normalisation layers that a class of this file builds, or one that it builds."""
    called = _attributes(source, cls)
    for each in ast.walk(cls.node):
        if not isinstance(each, ast.Call):
            continue
        name = source.name(each.func, cls)
        attribute = called.get(id(each), "0")
        if _is_scaled(source, each, cls, name):
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
