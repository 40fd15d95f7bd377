"""Whether what an expression builds has parameters that learn."""

from __future__ import annotations

import ast
import re

from neural_trainer.inspect.lint.dispatch import registered
from neural_trainer.inspect.lint.roles import MODEL, is_module_class, role
from neural_trainer.inspect.lint.scope import Scope
from neural_trainer.inspect.lint.source import Source

_WITHOUT = re.compile(
    r"ReLU\w*|\w*Dropout\w*|\w*Pool\w*|Identity|Flatten|Softmax|Sigmoid|Tanh|GELU|SiLU|ELU|Upsample"
    r"|\w*Pad\dd|PixelShuffle|LogSoftmax|\w*Loss|Unflatten|Softplus|Mish|Hardswish|LeakyReLU"
)


def has_parameters(source: Source, item: ast.expr, scope: Scope) -> bool:
    """Tell whether an expression builds a layer with parameters, or a Parameter."""
    if not isinstance(item, ast.Call):
        return False
    name = source.name(item.func, scope)
    if name in ("torch.nn.Parameter", "torch.nn.parameter.Parameter"):
        return True
    if _WITHOUT.fullmatch(name.rpartition(".")[2]):
        return False
    made = source.defined(item.func, scope)
    if made is None and not name:
        makers = _makers(source, item.func, scope)
        return bool(makers) and all(_make_layers(source, each) for each in makers)
    if made is not None and not made.is_class and len(made.returns) != 1:
        return False
    if made is not None and made.is_class and not _builds_parameters(source, made):
        return False
    known = name.startswith(("torch.nn.", "torch_geometric.nn.")) or made is not None
    return known and role(source, item, scope) == MODEL


def _makers(source: Source, function: ast.expr, scope: Scope) -> list[Scope]:
    """Return what a variable may call: functions that it is given, or those of a registry."""
    found = []
    given = [(value, at) for value, at, _ in source.values(function, scope)]
    for value, at in [*given, (function, scope)]:
        made = source.defined(value, at)
        found += [made] if made is not None else []
        if isinstance(value, ast.Subscript):
            found += registered(source, source.key(value.value, at))
    return found


def _make_layers(source: Source, made: Scope) -> bool:
    """Tell whether a function or class of this file makes a layer with parameters."""
    if made.is_class:
        return is_module_class(source, made) and _builds_parameters(source, made)
    return len(made.returns) == 1 and has_parameters(source, made.returns[0].value, made)


def learns(source: Source, value: ast.expr, scope: Scope) -> bool:
    """Tell whether an expression builds, at any depth, a layer of torch that has parameters."""
    return any(
        isinstance(node, ast.Call)
        and not _HOLDERS.search(source.name(node.func, scope))
        and source.name(node.func, scope).startswith("torch")
        and has_parameters(source, node, scope)
        for node in ast.walk(value)
    )


_HOLDERS = re.compile(r"(?:Sequential|ModuleList|ModuleDict|ParameterList|ParameterDict)$")


def _builds_parameters(source: Source, cls: Scope) -> bool:
    """Tell whether a class of this file builds a layer or parameter, or may: it has other bases."""
    for node in ast.walk(cls.node):
        name = source.name(node.func, cls) if isinstance(node, ast.Call) else ""
        last = name.rpartition(".")[2]
        if name.startswith("torch.nn.") and last[:1].isupper() and not _WITHOUT.fullmatch(last):
            return True
        inner = source.defined(node.func, cls) if isinstance(node, ast.Call) else None
        if inner is not None and inner is not cls and inner.is_class:
            return True
    return any(not base.endswith("nn.Module") for base in source.base_names(cls))
