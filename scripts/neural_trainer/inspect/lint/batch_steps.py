"""Functions that code of another file calls once for each batch: the body of a loop out of sight.

training_step of a LightningModule and compute_loss of a Trainer hand their loss to an engine,
which clears, goes backward and steps; a training_step that optimises by hand and the function of
an Ignite Engine do so themselves.
"""

from __future__ import annotations

import ast

from neural_trainer.inspect.lint.scope import Call, Event, Place, Scope
from neural_trainer.inspect.lint.source import Source

AUTOMATIC, MANUAL = "automatic", "manual"


def batch_step(source: Source, scope: Scope) -> str:
    """Return AUTOMATIC or MANUAL for a function that is one step of an engine, else ""."""
    if "batch_steps" not in source.kept:
        source.kept["batch_steps"] = _all(source)
    steps: dict[int, str] = source.kept["batch_steps"]
    return steps.get(scope.number, "")


def has_automatic_step(source: Source) -> bool:
    """Tell whether an engine goes backward from what a function of this file returns."""
    batch_step(source, source.module)
    return AUTOMATIC in source.kept["batch_steps"].values()


def _all(source: Source) -> dict[int, str]:
    found: dict[int, str] = {}
    for scope in source.scopes:
        if scope.name not in ("training_step", "compute_loss") or not scope.is_method:
            continue
        assert scope.parent is not None
        bases = {name.rpartition(".")[2] for name in source.base_names(scope.parent)}
        if scope.name == "training_step" and "LightningModule" in bases:
            found[scope.number] = MANUAL if _by_hand(source, scope.parent) else AUTOMATIC
        elif scope.name == "compute_loss" and any(base.endswith("Trainer") for base in bases):
            found[scope.number] = AUTOMATIC
    for call in source.called("Engine"):
        if source.called_name(call).startswith("ignite.") and call.node.args:
            function = source.defined(call.node.args[0], call.scope)
            if function is not None and function.is_function:
                found[function.number] = MANUAL
    return found


def _by_hand(source: Source, cls: Scope) -> bool:
    keys = (f"{cls.number}:self.automatic_optimization", f"{cls.number}:automatic_optimization")
    given = [item.value for key in keys for item in source.assignments.get(key, ())]
    return any(isinstance(value, ast.Constant) and value.value is False for value in given)


def events_of_step(scope: Scope) -> list[Event]:
    """Return what an automatic step does with what the engine does around it.

    It clears before, and goes backward from what is returned and steps after.
    """
    begin = _call(scope, "optimizer", "zero_grad", scope.node, Place())
    events: list[Event] = [begin, *scope.events]
    for item in scope.returns:
        loss = _loss_of(item.value)
        if loss is None:
            continue
        function = ast.copy_location(ast.Attribute(loss, "backward", ast.Load()), item.value)
        node = ast.copy_location(ast.Call(function, [], []), item.value)
        events.append(Call(node, "backward", item.place, scope))
        events.append(_call(scope, "optimizer", "step", item.value, item.place))
    return events


def _call(scope: Scope, owner: str, word: str, where: ast.AST, place: Place) -> Call:
    name = ast.copy_location(ast.Name(owner, ast.Load()), where)
    function = ast.copy_location(ast.Attribute(name, word, ast.Load()), where)
    return Call(ast.copy_location(ast.Call(function, [], []), where), word, place, scope)


def _loss_of(value: ast.expr) -> ast.expr | None:
    """Return the loss in what a step returns: itself, "loss" of a dict, the first of several."""
    if isinstance(value, ast.Dict):
        pairs = zip(value.keys, value.values, strict=True)
        return next(
            (v for k, v in pairs if isinstance(k, ast.Constant) and k.value == "loss"), None
        )
    if isinstance(value, ast.Tuple):
        return value.elts[0] if value.elts else None
    if isinstance(value, ast.IfExp):
        return _loss_of(value.orelse)
    return None if isinstance(value, ast.Constant) else value
