"""Where an optimizer is built from the parameters of a model, and what becomes of the model."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from neural_trainer.inspect.lint.course import Action, courses
from neural_trainer.inspect.lint.naming import Names, kept_parameters, translated
from neural_trainer.inspect.lint.parameter_groups import groups_of
from neural_trainer.inspect.lint.parts import Given
from neural_trainer.inspect.lint.roles import OPTIMIZER, OPTIMIZERS, role
from neural_trainer.inspect.lint.scope import (
    Assignment,
    Call,
    Place,
    Scope,
    bound_arguments,
    taken_from,
)
from neural_trainer.inspect.lint.settings import setting
from neural_trainer.inspect.lint.source import Source, word_in

_PARAMETERS = ("parameters", "named_parameters")


class Build(NamedTuple):
    """One optimizer built from `model`, a key. before, after: what its course does else."""

    optimizer: str
    model: str
    action: Action
    before: list[Action]
    after: list[Action]

    @property
    def line(self) -> int:
        """Return the line where the optimizer is built."""
        return self.action.event.node.lineno


def builds(source: Source) -> Iterator[Build]:
    """Yield each optimizer that a course builds from the parameters of a model in sight.

    after ends where the optimizer is built anew.
    """
    if "parameters" not in source.text:
        return
    words = [word for word in source.calls if OPTIMIZERS.fullmatch(word)]
    for actions in courses(source, *words) if words else ():
        for position, action in enumerate(actions):
            event = action.event
            if not isinstance(event, Assignment) or event.how != "=" or not action.receiver:
                continue
            value = event.value
            if not isinstance(value, ast.Call) or role(source, value, event.scope) != OPTIMIZER:
                continue
            after = _until_built_anew(source, actions[position + 1 :], action)
            for model in sorted(_models(source, action, value)):
                if model.endswith(":self"):
                    continue  # its methods run at any time, in any order
                yield Build(action.receiver, model, action, actions[:position], after)


def built_at(source: Source, build: Build) -> ast.AST:
    """Return where the fault of a build is mended: in the function of this file that builds it."""
    value, scope = build.action.event.value, build.action.event.scope  # type: ignore[union-attr]
    made = source.defined(value.func, scope) if isinstance(value, ast.Call) else None
    inner = made.returns[0].value if made is not None and len(made.returns) == 1 else None
    called = {id(call.node) for call in optimizer_calls(source)}
    return inner if inner is not None and id(inner) in called else build.action.event.node


def optimizer_calls(source: Source) -> Iterator[Call]:
    """Yield each call that builds an optimizer."""
    words = [word for word in source.calls if OPTIMIZERS.fullmatch(word)]
    for call in source.called(*words):
        if source.called_name(call) and role(source, call.node, call.scope) == OPTIMIZER:
            yield call


_POSITIONS = {"lr": 1, "weight_decay": 4}
"""Where torch.optim.SGD, Adam and AdamW take an option that is given by position."""


def optimizer_options(source: Source, call: Call, name: str) -> list[Given]:
    """Return what an optimizer is given as `name`, for all parameters or for groups of them."""
    own = setting(source, call, _POSITIONS.get(name, 99), name)
    found = [own] if own is not None else []
    params = call.argument(0, "params")
    groups = groups_of(source, params, call.scope) if params is not None else []
    return found + [option for group in groups if (option := group.option(name)) is not None]


def _until_built_anew(source: Source, later: list[Action], build: Action) -> list[Action]:
    """Return what comes after a build while its optimizer is there.

    One that a function keeps to itself is gone when the function ends.
    """
    scope = build.event.scope
    kept = scope.is_function and build.receiver.startswith(f"{scope.number}:")
    named = {
        part.id
        for item in scope.returns
        for part in ast.walk(item.value)
        if isinstance(part, ast.Name)
    }
    if kept and build.receiver.partition(":")[2] not in named:
        inside = [n for n, action in enumerate(later) if action.event.scope is scope]
        later = later[: inside[-1] + 1] if inside else []
    after = []
    for action in later:
        value = getattr(action.event, "value", None)
        handed_back = isinstance(value, ast.Call) and (
            word_in(value.func, _PREPARES) or source.defined(value.func, action.event.scope)
        )
        if action.receiver == build.receiver and action.word == "=" and not handed_back:
            break
        after.append(action)
    return after


_PREPARES = frozenset({"prepare", "setup", "setup_optimizers"})
"""By which Accelerate and Fabric hand back what they are given."""


def models_of(source: Source, optimizer: str) -> set[str]:
    """Return the keys of the models whose parameters an optimizer of this file was built from."""
    found = set()
    for item in source.assignments.get(optimizer, ()):
        for node in ast.walk(item.value):
            function = node.func if isinstance(node, ast.Call) else None
            if isinstance(function, ast.Attribute) and function.attr in _PARAMETERS:
                found.add(source.key(function.value, item.scope))
    return found - {""}


def models_in(source: Source, actions: list[Action], optimizer: str) -> set[str]:
    """Return the keys, in a course, of the models whose parameters an optimizer of it holds."""
    found = set()
    for action in actions:
        if action.is_call or action.receiver != optimizer or action.word != "=":
            continue
        value = getattr(action.event, "value", None)
        if isinstance(value, ast.Call) and role(source, value, action.event.scope) == OPTIMIZER:
            found |= _models(source, action, value)
    kept = kept_parameters(source)
    return found or {kept.get(model, model) for model in models_of(source, optimizer)}


def _models(source: Source, action: Action, value: ast.Call) -> set[str]:
    """Return the keys of the models whose parameters() a call is given, by whatever way."""
    made = source.defined(value.func, action.event.scope)
    given: list[ast.expr] = [*value.args, *(k.value for k in value.keywords)]
    if made is not None and made.is_function:  # opt = build(model)
        given = [value]
    scope, place = action.event.scope, action.place
    held = [key for each in given for key in _held(source, each, scope, place)]
    return {action.outside(key) for key in held} - {""}


def spelled(source: Source, build: Build) -> str:
    """Return how the file spells what an optimizer is built from, with the values of variables."""
    waiting: list[tuple[ast.AST, int]] = [(build.action.event.node, 0)]
    scope, place, texts = build.action.event.scope, build.action.place, []
    while waiting:
        node, depth = waiting.pop()
        texts.append(ast.unparse(node))
        for name in ast.walk(node) if depth < _DEEPEST else ():
            if isinstance(name, ast.Name):
                last = source.last_value(name, scope, place)
                if last is not None and isinstance(last.value, _HOLDS):
                    waiting.append((last.value, depth + 1))
                    waiting += [(each, _DEEPEST) for each in _put_in(source, name, scope)]
    return " ".join(texts)


def _put_in(source: Source, name: ast.Name, scope: Scope) -> list[ast.AST]:
    """Return what is put into a list after it was begun."""
    key = source.key(name, scope)
    calls = source.called("append", "extend", "insert")
    added = [a.value for a in source.assignments.get(key, ()) if a.how == "+="]
    return [*added, *(c.node for c in calls if source.key(c.receiver, c.scope) == key)]


_DEEPEST = 3


def _held(
    source: Source, expr: ast.expr, scope: Scope, place: Place, depth: int = 6
) -> Iterator[str]:
    """Yield the keys of the models whose parameters an expression holds.

    Followed through names, lists that a loop fills and functions of this file.
    """
    for node in ast.walk(expr) if depth else ():
        if isinstance(node, ast.Name):
            yield from _held_by_name(source, node, scope, place, depth)
        function = node.func if isinstance(node, ast.Call) else None
        if isinstance(function, ast.Attribute) and function.attr in _PARAMETERS:
            yield from _keys_of(source, function.value, scope)
        elif isinstance(node, ast.Call):
            made = source.defined(function, scope)
            if made is not None and made.is_function:
                inside = Call(node, "", place, scope)
                own = {
                    f"{made.number}:{name}": source.key(each, scope)
                    for name, each in bound_arguments(made, inside).items()
                }
                for item in made.returns:
                    for key in _held(source, item.value, made, item.place, depth - 1):
                        yield translated(key, Names(own, {}))


def _keys_of(source: Source, model: ast.expr, scope: Scope) -> list[str]:
    """Return the key of a model; of a name that runs over some that are written out, theirs."""
    key = source.key(model, scope)
    items = source.assignments.get(key, ())
    run_over = [(v, at) for v, at, _ in source.values(model, scope)] if items else []
    keys = [source.key(value, at) for value, at in run_over]
    looped = bool(items) and all(item.how == "for" for item in items)
    return keys if looped and keys and all(keys) else [key]


def _held_by_name(
    source: Source, name: ast.Name, scope: Scope, place: Place, depth: int
) -> Iterator[str]:
    """Yield what a variable holds: by its value, and by the loops that append to it."""
    last = source.last_value(name, scope, place)
    if last is None or not isinstance(last.value, _HOLDS):
        return
    yield from _held(source, last.value, scope, last.place, depth - 1)
    key = source.key(name, scope)
    if not isinstance(last.value, (ast.List, ast.Dict, ast.Tuple)):
        return
    for call in source.called("append", "extend"):
        if call.scope is scope and source.key(call.receiver, scope).split("[")[0] == key:
            over = [taken_from(loop) for loop in call.place.loops[-1:]]
            for each in (*call.node.args, *filter(None, over)):
                yield from _held(source, each, scope, call.place, depth - 1)


_HOLDS = (ast.List, ast.Tuple, ast.Dict, ast.ListComp, ast.GeneratorExp, ast.Call, ast.BinOp)
