"""A scheduler that was built for epochs steps every batch, or one for batches every epoch.

Look: of two nested training loops, a scheduler steps in the inner one and was
built with a number of epochs (T_max=epochs, StepLR(step_size=30), milestones,
patience=5, ExponentialLR(gamma=.9)); or it steps in the outer one alone and was built with
a number of batches (OneCycleLR, steps of warmup, T_max=epochs * len(loader)).

Reason: for epochs, but stepped per batch, the rate decays to nothing within an
epoch or two, or swings up and down. For batches, but stepped per epoch, warmup
never ends and the decay never comes.

Fix: step where the unit says: schedulers for epochs after the inner loop,
schedulers for batches after each optimizer.step().

Not reported: numbers that are computed out of sight; loops that are not nested;
a step that a condition guards alone.

Sources: PyTorch documentation, torch.optim.lr_scheduler.OneCycleLR (step should
be called after a batch has been used for training).
"""

from __future__ import annotations

import ast
import re

from neural_trainer.inspect.lint.course import Action, courses
from neural_trainer.inspect.lint.deeds import is_scheduler_step, is_step, name_of
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.roles import LOADER, role
from neural_trainer.inspect.lint.scope import Loop, Scope
from neural_trainer.inspect.lint.source import Source

ID = "scheduler-wrong-unit"
CAUSE = "lr-schedule-wrong"
_EPOCHS = re.compile(r"epoch", re.I)
_BATCHES = re.compile(r"\blen\(|steps|iter|batch|updates|per_epoch", re.IGNORECASE)
_LENGTH = {  # argument that holds the length of a schedule: position and keyword
    "CosineAnnealingLR": (1, "T_max"),
    "CosineAnnealingWarmRestarts": (1, "T_0"),
    "PolynomialLR": (1, "total_iters"),
    "LinearLR": (3, "total_iters"),
    "OneCycleLR": (2, "total_steps"),
    "get_linear_schedule_with_warmup": (2, "num_training_steps"),
    "get_cosine_schedule_with_warmup": (2, "num_training_steps"),
}
# Literal sizes that can only count epochs: a schedule of batches has hundreds of steps at least.
_MOST_EPOCHS = 100
_LEAST_GAMMA = 0.99  # .99 each batch leaves 4e-5 of the rate after 1000


def find(source: Source) -> list[Spot]:
    """Return each step of a scheduler in the wrong loop."""
    if len(source.called("step")) < 2:
        return []
    return [spot for actions in courses(source, "step") for spot in _of_course(source, actions)]


def _of_course(source: Source, actions: list[Action]) -> list[Spot]:
    steps = [a for a in actions if is_step(source, a)]
    if not steps:
        return []
    spots = []
    for action in actions:
        if not is_scheduler_step(source, action) or not action.place.loops:
            continue
        unit = unit_of_scheduler(source, action)
        inner = action.place.loops[-1]
        together = [s for s in steps if s.place.loops[-1:] == (inner,)]
        deeper = [s for s in steps if inner in s.place.loops and s.place.loops[-1] is not inner]
        name = name_of(action.receiver)
        if unit == "epochs" and together and is_per_batch(source, action):
            guards = set(action.place.branches) - set(together[0].place.branches)
            if not guards:
                saw = f"{name} was built for epochs, and steps with every batch"
                spots.append(Spot(action.call.node, saw))
        elif (
            unit == "batches"
            and deeper
            and not together
            and all(_is_loader(source, s.place.loops[-1], s.event.scope) for s in deeper)
        ):
            saw = f"{name} was built for batches, and steps once an epoch"
            spots.append(Spot(action.call.node, saw))
    return spots


def is_per_batch(source: Source, action: Action) -> bool:
    """Tell whether the loop around is over batches, within one over epochs."""
    loops = action.place.loops
    if len(loops) > 1 and _EPOCHS.search(_head(loops[-2])):
        return True
    batches = _is_loader(source, loops[-1], action.event.scope)
    return batches and (len(loops) > 1 or not _EPOCHS.search(_head(loops[-1])))


def _is_loader(source: Source, loop: Loop, scope: Scope) -> bool:
    """Tell whether a loop goes over batches: a loader, or something under the name of batches."""
    if isinstance(loop, ast.While):
        return False
    things = [node for node in ast.walk(loop.iter) if isinstance(node, (ast.Name, ast.Attribute))]
    if any(role(source, thing, scope) == LOADER for thing in things):
        return True
    return not _EPOCHS.search(_head(loop)) and bool(re.search(r"batch|data|load", _head(loop)))


def _head(loop: Loop) -> str:
    if isinstance(loop, ast.While):
        return ast.unparse(loop.test)
    return f"{ast.unparse(loop.target)} in {ast.unparse(loop.iter)}"


def unit_of_scheduler(source: Source, action: Action) -> str:
    """Return what a scheduler counts by how it was built: "epochs", "batches" or ""."""
    receiver = action.call.receiver
    if receiver is None:
        return ""
    built = _constructors(source, receiver, action.event.scope)
    units = {_unit_of(source, call, scope) for call, scope in built}
    return units.pop() if len(units) == 1 else ""


def _constructors(
    source: Source, expr: ast.expr, scope: Scope, depth: int = 4
) -> list[tuple[ast.Call, Scope]]:
    """Return the calls that make a scheduler, through names, parameters and functions."""
    if depth == 0:
        return []
    if isinstance(expr, ast.Call):
        made = source.defined(expr.func, scope)
        if made is None or made.is_class:
            return [(expr, scope)]
        return [c for r in made.returns for c in _constructors(source, r.value, made, depth - 1)]
    return [
        found
        for value, at, index in source.values(expr, scope)
        if index is None
        for found in _constructors(source, value, at, depth - 1)
    ]


def _unit_of(source: Source, call: ast.Call, scope: Scope) -> str:
    kind = source.name(call.func, scope).rpartition(".")[2]
    given = {k.arg: k.value for k in call.keywords}
    if kind == "OneCycleLR" and ("steps_per_epoch" in given or "total_steps" not in given):
        return "batches" if "steps_per_epoch" in given else ""
    if kind in _LENGTH:
        position, keyword = _LENGTH[kind]
        value = given.get(keyword) or (call.args[position] if position < len(call.args) else None)
        return _unit_of_length(source, value, scope) if value is not None else ""
    if kind == "ReduceLROnPlateau":
        patience = given.get("patience", ast.Constant(10))
        return "epochs" if _is_few(patience) else ""
    if kind == "SequentialLR":
        milestones = given.get("milestones")
        few = isinstance(milestones, ast.List) and all(map(_is_few, milestones.elts))
        return "epochs" if few else ""
    if kind in ("StepLR", "MultiStepLR"):
        value = given.get("step_size") or given.get("milestones")
        value = value or (call.args[1] if len(call.args) > 1 else None)
        numbers = value.elts if isinstance(value, (ast.List, ast.Tuple)) else [value]
        if numbers and all(number is not None and _is_few(number) for number in numbers):
            return "epochs"
        return _unit_of_length(source, value, scope) if value is not None else ""
    if kind == "ExponentialLR":
        value = given.get("gamma") or (call.args[1] if len(call.args) > 1 else None)
        number = value.value if isinstance(value, ast.Constant) else None
        return "epochs" if isinstance(number, float) and number <= _LEAST_GAMMA else ""
    return ""


def _is_few(expr: ast.expr) -> bool:
    """Tell whether a number is written out that can only count epochs."""
    number = expr.value if isinstance(expr, ast.Constant) else None
    return isinstance(number, int) and number <= _MOST_EPOCHS


def _unit_of_length(source: Source, expr: ast.expr, scope: Scope) -> str:
    """Return the unit of a length by the words of it, or of what it was set to."""
    if _is_few(expr):
        return "epochs"
    text = ast.unparse(expr)
    if isinstance(expr, (ast.Name, ast.Attribute)):
        values = source.values(expr, scope)
        if len(values) == 1 and not isinstance(values[0][0], ast.Constant):
            text = f"{text} {ast.unparse(values[0][0])}"
    if _BATCHES.search(text):
        return "batches"
    sides = (expr.left, expr.right) if isinstance(expr, ast.BinOp) else ()
    if sides and not any(isinstance(side, ast.Constant) for side in sides):
        return ""  # epochs times something: in what unit cannot be told
    return "epochs" if _EPOCHS.search(text) else ""
