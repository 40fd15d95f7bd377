"""Weight decay falls on normalisation layers and biases too.

Look: AdamW or its kind with weight_decay above zero, or another optimizer with
1e-3 or more, given model.parameters() in one piece, or in groups by part of
which none has a decay of its own (or one group is what the others leave), where the
model is a class of this file that holds normalisation layers, or one of a library
that does. Groups that are sorted by name, where no name that is taken out is one of
a norm of the model.

Reason: the scale of a normalisation layer belongs near 1 and its shift at what
the data ask: decay pulls both to 0 and regularises nothing.

Fix: two groups: weights of two and more dimensions with decay, all others with
weight_decay=0.

Not reported: groups that leave norms out by name, dimension or kind, or in a way
that cannot be told (to leave out what is frozen is none); models out of sight or
without normalisation; the small decay that recipes of SGD put on everything.

Sources: Loshchilov & Hutter 2019, arXiv 1711.05101; Jia et al. 2018, arXiv
1807.11205, section 3.2 (no decay on bias and batch norm).
"""

from __future__ import annotations

import ast
import re

from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.norms import Norm, norm_in
from neural_trainer.inspect.lint.optimizer_builds import optimizer_calls
from neural_trainer.inspect.lint.parameter_groups import Group, groups_of
from neural_trainer.inspect.lint.parts import Given
from neural_trainer.inspect.lint.scope import Call, Scope
from neural_trainer.inspect.lint.settings import number, setting
from neural_trainer.inspect.lint.sorted_parameters import Sorting, sorting_of
from neural_trainer.inspect.lint.source import Source

ID = "weight-decay-on-norms"
CAUSE = ""
_LEAST_COUPLED = 1e-3  # recipes for ResNets put 1e-4 on all: He et al. 2016, arXiv 1512.03385
_SORTS = ("named_param", ".ndim", ".dim(", "isinstance", "norm", "bias", "weight_decay")
"""What groups that set norms apart are told by."""


def find(source: Source) -> list[Spot]:
    """Return each optimizer that decays the norms of a model in sight."""
    spots = []
    for call in optimizer_calls(source):
        params = call.argument(0, "params")
        found = _decayed(source, call, params) if params is not None else None
        if found is None:
            continue
        decay, norm, biases = found
        apart = "AdamW" in call.word or call.word.startswith(("Lion", "Lamb", "LAMB"))
        if decay > 0 and (apart or decay >= _LEAST_COUPLED):
            too = ", and on biases" if biases else ""
            saw = f"weight_decay={decay:g} also on the {norm.kind} of line {norm.line}{too}"
            spots.append(Spot(call.node, saw))
    return spots


def _decayed(source: Source, call: Call, params: ast.expr) -> tuple[float, Norm, bool] | None:
    """Return the decay that an optimizer puts on a norm, the norm, and whether biases have it."""
    given = setting(source, call, 4, "weight_decay")
    decay = number(source, *given) or 0.0 if given is not None else 0.0
    whole = _whole_model(source, params, call.scope)
    if whole is not None:
        norm = norm_in(source, *whole)
        return (decay, norm, True) if norm is not None else None
    groups = groups_of(source, params, call.scope)
    rest = _rest_of(source, groups) if decay > 0 else None
    norm = norm_in(source, *rest) if rest is not None else None
    if norm is not None:
        return decay, norm, True
    if groups and _keep_one_decay(source, groups, params, call.scope):
        norms = (norm_in(source, *model) for model in _models(source, groups, params, call.scope))
        norm = next((each for each in norms if each is not None), None)
        return (decay, norm, True) if norm is not None else None
    for group in groups:
        own = group.option("weight_decay")
        high = number(source, *own) or 0.0 if own is not None else decay
        inside = group.option("params")
        sorting = sorting_of(source, *inside) if inside is not None and high > 0 else None
        norm = sorting.norm(source) if sorting is not None else None
        if norm is not None and sorting is not None:
            return high, norm, _with_biases(source, sorting)
    return None


def _with_biases(source: Source, sorting: Sorting) -> bool:
    return sorting.holds(source, "0.bias") is True


def _keep_one_decay(source: Source, groups: list[Group], params: ast.expr, scope: Scope) -> bool:
    """Tell whether groups are by part alone, so that the optimizer's decay holds for all of each.

    Two groups at least: one for a head alone leaves the norms of the rest out.
    """
    if len(groups) < 2 and not groups[0].many:
        return False
    made = _grouping(source, params, scope)
    bodies = [made.node if made is not None else params, *(group.node for group in groups)]
    text = " ".join(map(ast.unparse, bodies)).lower()
    return not any(word in text for word in _SORTS)


def _models(source: Source, groups: list[Group], params: ast.expr, scope: Scope) -> list[Given]:
    """Return the models, or their parts, of which groups hold the parameters whole."""
    found: list[Given] = []
    for group in groups:
        inside = group.option("params")
        whole = _whole_model(source, *inside) if inside is not None else None
        if whole is None:
            return []
        root = whole[0]
        while isinstance(root, (ast.Attribute, ast.Subscript)) and ast.unparse(root) != "self":
            root = root.value
        found += [whole, (root, whole[1])]
    value = params
    if isinstance(params, ast.Name):
        values = [v for v, at, i in source.values(params, scope) if i is None and at is scope]
        value = values[0] if len(values) == 1 else params
    made = _grouping(source, params, scope)
    given = value.args if isinstance(value, ast.Call) and made is not None else []
    return found + [(each, scope) for each in given if not isinstance(each, ast.Constant)]


def _rest_of(source: Source, groups: list[Group]) -> Given | None:
    """Return the model of which one group holds what others do not, where none has its own decay.

    [p for p in model.parameters() if id(p) not in ids], where ids are of another group.
    """
    if re.search(r"""\[["']weight_decay["']\] *=""", source.text):
        return None
    if any(group.option("weight_decay") is not None for group in groups):
        return None
    for group in groups:
        held, at = _through_name(source, *(group.option("params") or (group.node, group.scope)))
        over, tests = _sifted(held)
        model = _whole_model(source, over, at)
        tests = [test for test in tests if not ast.unparse(test).endswith("requires_grad")]
        test = tests[0] if len(tests) == 1 else None
        if model is None or not isinstance(test, ast.Compare):
            continue
        if isinstance(test.ops[0], ast.NotIn):
            others = {w for g in groups if g is not group for w in _spelled(source, g)}
            ids, _ = _through_name(source, test.comparators[0], at)
            if others & {ast.unparse(n) for n in ast.walk(ids) if isinstance(n, ast.expr)}:
                return model
    return None


def _sifted(held: ast.expr) -> tuple[ast.expr | None, list[ast.expr]]:
    """Return what a list is sifted out of, and by which tests; None where it is not."""
    word = getattr(held.func, "id", "") if isinstance(held, ast.Call) else ""
    if isinstance(held, ast.Call) and word in ("list", "tuple") and len(held.args) == 1:
        return _sifted(held.args[0])
    if isinstance(held, ast.Call) and word == "filter" and isinstance(held.args[0], ast.Lambda):
        return held.args[1], [held.args[0].body]
    if isinstance(held, (ast.ListComp, ast.GeneratorExp)) and len(held.generators) == 1:
        return held.generators[0].iter, held.generators[0].ifs
    return None, []


def _through_name(source: Source, expr: ast.expr, scope: Scope) -> Given:
    """Return the one value of a name and where it stands, else the expression itself."""
    values = source.values(expr, scope) if isinstance(expr, ast.Name) else []
    return values[0][:2] if len(values) == 1 and values[0][2] is None else (expr, scope)


def _spelled(source: Source, group: Group) -> set[str]:
    """Return how the file spells the parameters of a group: by a name, or X.parameters()."""
    given = group.option("params")
    if given is None:
        return set()
    whole = _whole_model(source, *given)
    asked = {f"{ast.unparse(whole[0])}.{word}()" for word in _ASKED} if whole is not None else set()
    return asked | ({given[0].id} if isinstance(given[0], ast.Name) else set())


_ASKED = ("parameters", "named_parameters")


def _whole_model(source: Source, expr: ast.expr | None, scope: Scope) -> Given | None:
    """Return the model whose parameters() are given as they are, None for groups and filters.

    To leave out what is frozen is no filter.
    """
    if isinstance(expr, ast.Name):
        values = source.values(expr, scope)
        if len(values) != 1 or values[0][2] is not None:
            return None
        expr, scope = values[0][0], values[0][1]
    word = getattr(expr.func, "id", "") if isinstance(expr, ast.Call) else ""
    if isinstance(expr, ast.Call) and word in ("list", "tuple") and expr.args:
        return _whole_model(source, expr.args[0], scope)
    if isinstance(expr, ast.Call) and word == "filter" and len(expr.args) == 2:
        frozen = "requires_grad" in ast.unparse(expr.args[0])
        return _whole_model(source, expr.args[1], scope) if frozen else None
    if isinstance(expr, ast.List) and len(expr.elts) == 1 and isinstance(expr.elts[0], ast.Starred):
        return _whole_model(source, expr.elts[0].value, scope)
    if isinstance(expr, (ast.ListComp, ast.GeneratorExp)) and isinstance(expr.elt, ast.Name):
        each = expr.generators[0]
        only = all(ast.unparse(test).endswith(".requires_grad") for test in each.ifs)
        expr = each.iter if only and len(expr.generators) == 1 else None
    if isinstance(expr, ast.Call) and isinstance(expr.func, ast.Attribute):
        model = expr.func.value
        if isinstance(model, ast.Attribute) and model.attr in ("module", "_orig_mod"):
            model = model.value
        return (model, scope) if expr.func.attr in _ASKED else None
    return None


def _grouping(source: Source, params: ast.expr, scope: Scope) -> Scope | None:
    """Return the function of this file that makes the groups an optimizer is given."""
    if isinstance(params, ast.Name):
        values = [v for v, at, i in source.values(params, scope) if i is None and at is scope]
        params = values[0] if len(values) == 1 else params
    made = source.defined(params.func, scope) if isinstance(params, ast.Call) else None
    return made if made is not None and made.is_function else None
