"""Weight decay falls on normalisation layers and biases too.

Look: AdamW or its kind with weight_decay above zero, or another optimizer with
1e-3 or more, given model.parameters() in one piece, where the model is a class
of this file that holds normalisation layers, or one of a library that does.

Reason: the scale of a normalisation layer belongs near 1 and its shift at what
the data ask: decay pulls both to 0 and regularises nothing.

Fix: two groups: weights of two and more dimensions with decay, all others with
weight_decay=0.

Not reported: parameters in groups or filtered; models out of sight or without
normalisation; the small decay that recipes of SGD put on everything.

Sources: Loshchilov & Hutter 2019, arXiv 1711.05101; Jia et al. 2018, arXiv
1807.11205, section 3.2 (no decay on bias and batch norm).
"""

from __future__ import annotations

import ast
import re

from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.optimizer_builds import optimizer_calls, optimizer_options
from neural_trainer.inspect.lint.scope import Scope
from neural_trainer.inspect.lint.settings import number
from neural_trainer.inspect.lint.source import Source

ID = "weight-decay-on-norms"
CAUSE = ""
_NORM = re.compile(r"(?:Layer|Batch|Group|Instance|RMS)Norm(?:\dd)?$|Transformer\w*Layer$")
_KNOWN = re.compile(
    r"timm\.create_model|torchvision\.models\.(?:resnet|convnext|vit|swin|efficientnet|densenet)"
    r"|transformers\.AutoModel\w*\.from_pretrained"
)
_LEAST_COUPLED = 1e-3  # recipes for ResNets put 1e-4 on all: He et al. 2016, arXiv 1512.03385


def find(source: Source) -> list[Spot]:
    """Return each optimizer that decays the norms of a model in sight."""
    spots = []
    for call in optimizer_calls(source):
        model = _whole_model(source, call.argument(0, "params"), call.scope)
        if model is None:
            continue
        decays = [number(source, *g) for g in optimizer_options(source, call, "weight_decay")]
        decay = max((v for v in decays if v is not None), default=0.0)
        apart = "AdamW" in call.word or call.word.startswith(("Lion", "Lamb", "LAMB"))
        norm = _norm_in(source, model[0], model[1]) if decay > 0 else None
        if norm is not None and (apart or decay >= _LEAST_COUPLED):
            saw = f"weight_decay={decay:g} also on the {norm[0]} of line {norm[1]}, and on biases"
            spots.append(Spot(call.node, saw))
    return spots


def _whole_model(
    source: Source, expr: ast.expr | None, scope: Scope
) -> tuple[ast.expr, Scope] | None:
    """Return the model whose parameters() are given as they are, None for groups and filters."""
    if isinstance(expr, ast.Name):
        values = source.values(expr, scope)
        if len(values) != 1 or values[0][2] is not None:
            return None
        expr, scope = values[0][0], values[0][1]
    if isinstance(expr, ast.Call) and getattr(expr.func, "id", "") == "list" and expr.args:
        expr = expr.args[0]
    if isinstance(expr, ast.ListComp) and isinstance(expr.elt, ast.Name):
        expr = expr.generators[0].iter  # those that require gradients
    if isinstance(expr, ast.Call) and isinstance(expr.func, ast.Attribute):
        model = expr.func.value
        if isinstance(model, ast.Attribute) and model.attr in ("module", "_orig_mod"):
            model = model.value
        return (model, scope) if expr.func.attr == "parameters" else None
    return None


def _norm_in(source: Source, model: ast.expr, scope: Scope) -> tuple[str, int] | None:
    """Return a normalisation layer that a model of this file builds, and its line."""
    key = source.key(model, scope)
    cls = source.scopes[int(key.split(":")[0])] if key.endswith(":self") else None
    cls = cls or source.class_of(model, scope)
    nodes = [cls.node] if cls is not None else [v for v, _, _ in source.values(model, scope)]
    for node in nodes:
        for each in ast.walk(node):
            if isinstance(each, ast.Call):
                name = source.name(each.func, cls or scope)
                if cls is None and _KNOWN.match(name):
                    return "norms", each.lineno
                if name.startswith("torch.nn.") and _NORM.search(name):
                    return name.rpartition(".")[2], each.lineno
                made = source.defined(each.func, cls or scope)
                if made is not None and made.is_class and made is not cls and cls is not None:
                    inner = _norm_of_class(source, made)
                    if inner is not None:
                        return inner
    return None


def _norm_of_class(source: Source, cls: Scope) -> tuple[str, int] | None:
    for each in ast.walk(cls.node):
        if isinstance(each, ast.Call):
            name = source.name(each.func, cls)
            if name.startswith("torch.nn.") and _NORM.search(name):
                return name.rpartition(".")[2], each.lineno
    return None
