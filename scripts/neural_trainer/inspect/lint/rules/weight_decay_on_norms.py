"""Weight decay falls on normalisation layers and biases too.

Look: AdamW or its kind with weight_decay above zero, or another optimizer with
1e-3 or more, given model.parameters() in one piece, or in groups by part of
which none has a decay of its own, where the model is a class of this file that
holds normalisation layers, or one of a library that does. Groups of which only
the biases are taken out by name.

Reason: the scale of a normalisation layer belongs near 1 and its shift at what
the data ask: decay pulls both to 0 and regularises nothing.

Fix: two groups: weights of two and more dimensions with decay, all others with
weight_decay=0.

Not reported: parameters in groups that set their decay, or filtered otherwise;
models out of sight or without normalisation; the small decay that recipes of SGD
put on everything.

Sources: Loshchilov & Hutter 2019, arXiv 1711.05101; Jia et al. 2018, arXiv
1807.11205, section 3.2 (no decay on bias and batch norm).
"""

from __future__ import annotations

import ast
import re

from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.norms import norm_in
from neural_trainer.inspect.lint.optimizer_builds import optimizer_calls, optimizer_options
from neural_trainer.inspect.lint.parts import Given
from neural_trainer.inspect.lint.scope import Scope
from neural_trainer.inspect.lint.settings import number
from neural_trainer.inspect.lint.source import Source

ID = "weight-decay-on-norms"
CAUSE = ""
_LEAST_COUPLED = 1e-3  # recipes for ResNets put 1e-4 on all: He et al. 2016, arXiv 1512.03385


def find(source: Source) -> list[Spot]:
    """Return each optimizer that decays the norms of a model in sight."""
    spots = []
    for call in optimizer_calls(source):
        params = call.argument(0, "params")
        if params is None:
            continue
        whole = _whole_model(source, params, call.scope)
        models = [whole] if whole is not None else _parts(source, params, call.scope)
        decays = [number(source, *g) for g in optimizer_options(source, call, "weight_decay")]
        decay = max((v for v in decays if v is not None), default=0.0)
        if not models:
            models, decay = _but_biases(source, params, call.scope)
        apart = "AdamW" in call.word or call.word.startswith(("Lion", "Lamb", "LAMB"))
        if decay <= 0 or not (apart or decay >= _LEAST_COUPLED):
            continue
        norm = next((n for m in models if (n := norm_in(source, *m)) is not None), None)
        if norm is not None:
            biases = ", and on biases" if not _leaves_biases(source, params, call.scope) else ""
            saw = f"weight_decay={decay:g} also on the {norm[0]} of line {norm[1]}{biases}"
            spots.append(Spot(call.node, saw))
    return spots


def _whole_model(source: Source, expr: ast.expr | None, scope: Scope) -> Given | None:
    """Return the model whose parameters() are given as they are, None for groups and filters."""
    if isinstance(expr, ast.Name):
        values = source.values(expr, scope)
        if len(values) != 1 or values[0][2] is not None:
            return None
        expr, scope = values[0][0], values[0][1]
    if isinstance(expr, ast.Call) and getattr(expr.func, "id", "") == "list" and expr.args:
        expr = expr.args[0]
    if isinstance(expr, ast.ListComp) and isinstance(expr.elt, ast.Name):
        tests = ast.unparse(ast.Tuple(expr.generators[0].ifs))
        if not re.fullmatch(r"\(\)|\(\w+\.requires_grad,\)", tests):
            return None
        expr = expr.generators[0].iter  # those that require gradients
    if isinstance(expr, ast.Call) and isinstance(expr.func, ast.Attribute):
        model = expr.func.value
        if isinstance(model, ast.Attribute) and model.attr in ("module", "_orig_mod"):
            model = model.value
        return (model, scope) if expr.func.attr == "parameters" else None
    return None


def _grouping(source: Source, params: ast.expr, scope: Scope) -> Scope | None:
    """Return the function of this file that makes the groups an optimizer is given."""
    if isinstance(params, ast.Name):
        values = [v for v, at, i in source.values(params, scope) if i is None and at is scope]
        params = values[0] if len(values) == 1 else params
    made = source.defined(params.func, scope) if isinstance(params, ast.Call) else None
    return made if made is not None and made.is_function else None


def _parts(source: Source, params: ast.expr, scope: Scope) -> list[Given]:
    """Return the models of which groups hold parts whole, where no group sets its decay.

    Two groups at least: one for a head alone leaves the norms of the rest out.
    """
    made = _grouping(source, params, scope)
    body, at = (made.node, made) if made is not None else (params, scope)
    groups = [n for n in ast.walk(body) if isinstance(n, ast.Dict) and _params_of(n) is not None]
    if len(groups) < 2 or "weight_decay" in ast.unparse(body) or "named_param" in ast.unparse(body):
        return []
    found: list[Given] = []
    for group in groups:
        whole = _whole_model(source, _params_of(group), at)
        if whole is None:
            return []
        root = whole[0]
        while isinstance(root, (ast.Attribute, ast.Subscript)) and ast.unparse(root) != "self":
            root = root.value
        found += [whole, (root, at)]
    return found


def _params_of(group: ast.Dict) -> ast.expr | None:
    pairs = zip(group.keys, group.values, strict=True)
    return next((v for k, v in pairs if isinstance(k, ast.Constant) and k.value == "params"), None)


def _leaves_biases(source: Source, params: ast.expr, scope: Scope) -> bool:
    made = _grouping(source, params, scope)
    return made is not None and bool(_tests(made)) and "bias" in _tests(made)


def _tests(function: Scope) -> str:
    """Return what a function asks of the parameters it sorts, as text."""
    tests = [n.test for n in ast.walk(function.node) if isinstance(n, (ast.If, ast.IfExp))]
    kept = [i for n in ast.walk(function.node) if isinstance(n, ast.comprehension) for i in n.ifs]
    return " ".join(map(ast.unparse, [*tests, *kept]))


def _but_biases(source: Source, params: ast.expr, scope: Scope) -> tuple[list[Given], float]:
    """Return the model of which a function takes out the biases alone, and what the rest decays."""
    made = _grouping(source, params, scope)
    if made is None or not made.parameters:
        return [], 0.0
    asked = _tests(made)
    alone = re.fullmatch(
        r"(?:\w+\.requires_grad )?\(?(?:\w+\.endswith\('\.?bias'\)|'\.?bias' (?:not )?in \w+)\)?",
        asked,
    )
    if not alone or "named_parameters" not in ast.unparse(made.node):
        return [], 0.0
    decays = [
        number(source, value, made) or 0.0
        for node in ast.walk(made.node)
        if isinstance(node, ast.Dict)
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant) and key.value == "weight_decay"
    ]
    return [(ast.Name(made.parameters[0]), made)], max(decays, default=0.0)
