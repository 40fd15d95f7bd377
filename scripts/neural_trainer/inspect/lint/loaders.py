"""Where a DataLoader is built, what it is set to, and what loops over it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from neural_trainer.inspect.lint.filled_in import filled_in, put_in, returns_of
from neural_trainer.inspect.lint.hierarchy import is_super
from neural_trainer.inspect.lint.parts import Given, made_of
from neural_trainer.inspect.lint.scope import Call, Loop, Scope, taken_from
from neural_trainer.inspect.lint.settings import literal, setting
from neural_trainer.inspect.lint.source import Source

_POSITIONS = ("dataset", "batch_size", "shuffle", "sampler", "batch_sampler", "num_workers")
_PASSED_THROUGH = frozenset({
    "enumerate", "tqdm", "trange", "iter", "islice", "track", "zip", "progress_bar", "prefetch",
    "cycle", "notebook_tqdm", "prepare", "setup", "setup_dataloaders", "cast",
})  # fmt: skip


def loader_calls(source: Source) -> Iterator[Call]:
    """Yield each call that builds a torch.utils.data.DataLoader, as a class of its own as well."""
    for call in source.called("DataLoader"):
        if _is_loader(source.called_name(call)):
            yield call
    for call in source.called("__init__"):
        cls = source.class_around(call.scope) if is_super(call.receiver) else None
        if cls is not None and _is_base(source, cls):
            yield call


def _is_loader(name: str) -> bool:
    return name.startswith("torch.") and name.endswith(".DataLoader")


def _is_base(source: Source, cls: Scope) -> bool:
    """Tell whether a class derives from DataLoader itself, by no other class of this file."""
    return len(source.bases(cls)) == 1 and any(map(_is_loader, source.base_names(cls)))


def loader_option(source: Source, call: Call, name: str) -> Given | None:
    """Return what a DataLoader is given as `name`, None where it has its default."""
    position = _POSITIONS.index(name) if name in _POSITIONS else 99
    return setting(source, call, position, name)


def looped_over(loop: Loop) -> list[ast.expr]:
    """Return what a loop takes its items from: `loader` of enumerate(tqdm(loader)); zip's, all."""
    over = taken_from(loop)
    waiting, found = ([over] if over is not None else []), []
    while waiting:
        expr = waiting.pop(0)
        if isinstance(expr, ast.Call):
            func = expr.func
            word = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
            if word in _PASSED_THROUGH:
                waiting += expr.args
                continue
        found.append(expr)
    return found


def loaders_of(source: Source, expr: ast.expr, scope: Scope, depth: int = 6) -> list[Call]:
    """Return the calls of DataLoader that made what an expression names, as far as in sight."""
    if depth == 0:
        return []
    if "loader_calls" not in source.kept:
        source.kept["loader_calls"] = {id(call.node): call for call in loader_calls(source)}
    known: dict[int, Call] = source.kept["loader_calls"]
    if isinstance(expr, ast.Call):
        if id(expr) in known:
            return [known[id(expr)]]
        made = source.defined(expr.func, scope)
        if made is not None and made.is_function:
            results = returns_of(source, made, expr, scope)
            every = [loaders_of(source, each, made, depth - 1) for each in results]
            built = [call for calls in every for call in calls]
            return [filled_in(source, made, expr, scope, call) for call in built]
        func = expr.func
        word = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
        if word in _PASSED_THROUGH and expr.args:
            return loaders_of(source, expr.args[0], scope, depth - 1)
        return _of_own_class(source, made) if made is not None else []
    chosen = _of_comprehension(source, expr, scope, depth)
    if chosen:
        return chosen
    key = source.key(expr, scope)
    named: dict[str, list[Call]] = source.kept.setdefault("loaders_of", {})
    if key not in named:
        named[key] = []  # while it is being worked out: a name may be made of itself
        for value, at, index in source.values(expr, scope):
            element = _element(source, value, at, index)
            if element is None:
                continue
            found = loaders_of(source, *element, depth - 1)
            if isinstance(value, ast.Call) and element[1] is not at:  # of what it returns
                found = [filled_in(source, element[1], value, at, call) for call in found]
            named[key] = named[key] + found
    return named[key]


def _of_comprehension(source: Source, expr: ast.expr, scope: Scope, depth: int) -> list[Call]:
    """Return the loaders that loaders["train"] of {part: DataLoader(...) for part in ...} names."""
    if not isinstance(expr, ast.Subscript):
        return []
    chosen = literal(source, expr.slice, scope)
    found: list[Call] = []
    for held, at in made_of(source, expr.value, scope):
        if not isinstance(held, ast.DictComp):
            continue
        built = loaders_of(source, held.value, at, depth - 1)
        name = held.key.id if isinstance(held.key, ast.Name) else ""
        if chosen is not None and name:
            built = [put_in(call, {name: chosen}) for call in built]
        found += built
    return found


def _of_own_class(source: Source, made: Scope) -> list[Call]:
    """Return the call by which a class of this file that is a DataLoader builds itself."""
    kinds = {cls.number for cls in source.bases(made)}
    calls = [c for c in loader_calls(source) if c.word == "__init__"]
    return [c for c in calls if getattr(source.class_around(c.scope), "number", -1) in kinds]


def _element(source: Source, value: ast.expr, at: Scope, index: int | None) -> Given | None:
    """Return element `index` of what a function of this file returns as a tuple."""
    if index is None:
        return value, at
    if isinstance(value, (ast.Tuple, ast.List)) and index < len(value.elts):
        return value.elts[index], at
    if not isinstance(value, ast.Call):
        return None
    made = source.defined(value.func, at)
    if made is None:
        word = getattr(value.func, "attr", "")
        same = word in ("prepare", "setup", "setup_dataloaders") and index < len(value.args)
        return (value.args[index], at) if same else None
    for item in made.returns:
        if isinstance(item.value, ast.Tuple) and index < len(item.value.elts):
            return item.value.elts[index], made
    return None
