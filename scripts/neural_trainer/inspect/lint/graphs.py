"""Whether any graph reaches a loss: of what each part is made, and whether all of it was cut off.

A part is open where a graph may come with it, as with what a model gives or is out of sight; data
where none can, as with constants and batches; else it was cut.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from neural_trainer.inspect.lint.cuts import ANEW, CUTS, Cut
from neural_trainer.inspect.lint.loaders import looped_over
from neural_trainer.inspect.lint.roles import LOADER, LOSS, role
from neural_trainer.inspect.lint.scope import Place, Scope
from neural_trainer.inspect.lint.settings import number
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.summands import summands

OPEN, DATA = "open", "data"
DEEPEST = 16  # operations, names and calls from a loss to where a part of it is made
_MADE = frozenset({
    "zeros", "ones", "full", "empty", "rand", "randn", "randint", "arange", "linspace", "eye",
    "zeros_like", "ones_like", "full_like", "rand_like", "randn_like", "empty_like", "one_hot",
    "randperm",
})  # fmt: skip
_MIXES = frozenset({
    "sum", "mean", "square", "pow", "abs", "sqrt", "exp", "log", "clamp", "clamp_min", "squeeze",
    "unsqueeze", "view", "reshape", "flatten", "to", "cuda", "cpu", "float", "double", "long",
    "gather", "amax", "max", "min", "add", "sub", "mul", "div", "neg", "permute", "transpose",
    "expand", "expand_as", "softmax", "log_softmax", "sigmoid", "relu", "logsumexp", "norm", "half",
})  # fmt: skip
"""Methods that give nothing that is not of their object and arguments."""


def cut_off(source: Source, expr: ast.expr, scope: Scope, place: Place) -> Cut | None:
    """Return where a value was cut off, None where a graph may reach it or none was there."""
    found = _flow(source, expr, scope, place, DEEPEST)
    return found if isinstance(found, Cut) else None


def term_cut_off(source: Source, loss: ast.expr, scope: Scope, place: Place) -> Cut | None:
    """Return where one term of a loss was cut off, of which others keep their graphs."""
    terms = list(summands(source, loss, scope, place))
    for term in terms if len(terms) > 1 else ():
        found = cut_off(source, term.expr, term.scope, term.place)
        if found is not None:
            return found
    return None


def _flow(source: Source, expr: ast.expr, scope: Scope, place: Place, depth: int) -> Cut | str:
    if depth == 0:
        return OPEN
    if isinstance(expr, ast.Constant):
        return DATA

    def flow(part: ast.expr) -> Cut | str:
        return _flow(source, part, scope, place, depth - 1)

    if isinstance(expr, (ast.BinOp, ast.UnaryOp, ast.Tuple, ast.List, ast.Compare, ast.Starred)):
        children = (c for c in ast.iter_child_nodes(expr) if isinstance(c, ast.expr))
        return _together(flow(each) for each in children)
    if isinstance(expr, ast.Attribute) and expr.attr == "data":
        return _cut(expr, "data", flow(expr.value))
    if isinstance(expr, (ast.Name, ast.Attribute, ast.Subscript)):
        return _of_name(source, expr, scope, place, depth)
    if isinstance(expr, ast.Call):
        return _of_call(source, expr, scope, place, depth)
    return OPEN


def _together(flows: Iterable[Cut | str]) -> Cut | str:
    found = list(flows)
    if OPEN in found:
        return OPEN
    return next((each for each in found if isinstance(each, Cut)), DATA)


def _cut(node: ast.expr, by: str, inner: Cut | str) -> Cut | str:
    if inner == DATA:
        return DATA
    return inner if isinstance(inner, Cut) else Cut(node, by)


def _of_call(source: Source, call: ast.Call, scope: Scope, place: Place, depth: int) -> Cut | str:
    name = source.name(call.func, scope)
    word = name.rpartition(".")[2] if name else getattr(call.func, "attr", "")
    values = [*call.args, *(k.value for k in call.keywords)]
    owner = call.func.value if isinstance(call.func, ast.Attribute) and not name else None
    required = any(k.arg == "requires_grad" for k in call.keywords)
    inner = _together(
        _flow(source, each, scope, place, depth - 1) for each in [*values, *filter(None, [owner])]
    )
    if name.startswith("torch.") and word in ANEW:
        if required and inner == DATA:
            return OPEN  # a leaf
        return _cut(call, word, inner)
    if name.startswith("torch."):
        if word in _MADE:
            return OPEN if required else DATA
        mixes = name.startswith("torch.nn.functional.") or name.count(".") == 1
        return inner if mixes and word[:1].islower() else OPEN
    if owner is not None and word in CUTS:
        return _cut(call, word, _flow(source, owner, scope, place, depth - 1))
    if owner is not None and word in _MIXES and source.defined(call.func, scope) is None:
        return inner
    made = source.defined(call.func, scope)
    if made is not None and made.is_class and "__init__" not in made.inner:
        return inner if values else OPEN  # a batch that is a tuple of names
    if made is not None and made.is_function and made.returns:
        results = (_flow(source, r.value, made, r.place, depth - 1) for r in made.returns)
        off = next((d for d in made.decorators if _switches_off(source, d, made)), None)
        result = _together(results)
        return _cut(off, _word(off), result) if off is not None else result
    return (
        inner
        if role(source, call.func, scope) == LOSS and _is_of_torch(source, call, scope)
        else OPEN
    )


def _is_of_torch(source: Source, call: ast.Call, scope: Scope) -> bool:
    """Tell whether a loss is a module of torch, none of which has weights that learn."""
    values = source.values(call.func, scope)
    made = [(v.func, at) for v, at, _ in values if isinstance(v, ast.Call)]
    return bool(made) and all(source.name(*each).startswith("torch.nn.") for each in made)


def _of_name(source: Source, expr: ast.expr, scope: Scope, place: Place, depth: int) -> Cut | str:
    key = source.key(expr, scope)
    if f"{key}.requires_grad" in source.assignments or not key:
        return OPEN
    if number(source, expr, scope) is not None:
        return DATA
    last = source.last_value(expr, scope, place)
    if last is not None:
        if isinstance(last.value, ast.List) and not last.value.elts:
            return _of_list(source, key, scope, depth)
        if any(_switches_off(source, w, scope) for w in last.place.withs[len(place.withs) :]):
            return DATA
        return (
            OPEN
            if last.element is not None
            else _flow(source, last.value, scope, last.place, depth - 1)
        )
    if isinstance(expr, (ast.Attribute, ast.Subscript)):
        inner = _flow(source, expr.value, scope, place, depth - 1)
        return DATA if inner == DATA else OPEN
    if not isinstance(expr, ast.Name):
        return OPEN
    return _of_variable(source, expr, scope, key, depth)


def _of_list(source: Source, key: str, scope: Scope, depth: int) -> Cut | str:
    """Return what a list holds that is begun empty: what is appended to it."""
    puts = [c for c in source.called("append") if source.key(c.receiver, c.scope) == key]
    given = [c for c in puts if c.node.args and c.scope is scope]
    return _together(_flow(source, c.node.args[0], scope, c.place, depth - 1) for c in given)


def _word(context: ast.expr) -> str:
    function = getattr(context, "func", context)
    return getattr(function, "attr", getattr(function, "id", ""))


def _of_variable(source: Source, name: ast.Name, scope: Scope, key: str, depth: int) -> Cut | str:
    """Return what a name stands for that is a parameter, the target of a loop, or of the module."""
    given = source.assignments.get(key, ())
    if given and all(item.how == "for" for item in given):
        over = [(each, i.scope) for i in given for each in looped_over(i.place.loops[-1])]
        batches = over and all(role(source, each, at) == LOADER for each, at in over)
        return DATA if batches else OPEN
    if not given and name.id in scope.parameters:
        passed = source.passed(scope, name.id)
        flows = [_flow(source, v, at, source.place_of(v, at), depth - 1) for v, at in passed]
        return _together(flows) if flows else OPEN
    if len(given) == 1 and given[0].how == "=" and given[0].element is None:
        item = given[0]
        if item.scope is not scope and not item.place.branches:
            return _flow(source, item.value, item.scope, item.place, depth - 1)
    return OPEN


def _switches_off(source: Source, context: ast.expr, scope: Scope) -> bool:
    name = source.name(getattr(context, "func", context), scope)
    return name in ("torch.no_grad", "torch.inference_mode")
