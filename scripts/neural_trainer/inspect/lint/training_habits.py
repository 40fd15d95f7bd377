"""What the training code of a file visibly does, right or wrong: the facts that no rule reports.

A rule reports a bug; a habit also tells that a thing is done as it should be, which speaks against
its cause. What cannot be seen whole in the file is not told.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from neural_trainer.inspect.lint.course import Action, course_of
from neural_trainer.inspect.lint.deeds import (
    clears_gradients,
    is_scheduler_step,
    name_of,
    sets_mode,
)
from neural_trainer.inspect.lint.evaluation_loops import evaluation_loops
from neural_trainer.inspect.lint.loss_calls import loss_calls
from neural_trainer.inspect.lint.optimizer_builds import builds
from neural_trainer.inspect.lint.origins import UNKNOWN, origin_of_argument
from neural_trainer.inspect.lint.roles import MODEL, role
from neural_trainer.inspect.lint.rules.scheduler_wrong_unit import is_per_batch
from neural_trainer.inspect.lint.schedule_units import unit_of_scheduler
from neural_trainer.inspect.lint.scope import Call, Scope, taken_from
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.training_loops import TrainingLoop

_LOSSES = {  # function and module of torch, and what must not have made its first argument
    "cross_entropy": ("CrossEntropyLoss", ("softmax", "log_softmax")),
    "binary_cross_entropy_with_logits": ("BCEWithLogitsLoss", ("sigmoid",)),
    "mse_loss": ("MSELoss", ()),
    "nll_loss": ("NLLLoss", ()),
}
_OF_LOGITS = ("cross_entropy", "binary_cross_entropy_with_logits")
_LOGARITHMS = ("log", "log2", "log10", "sqrt", "rsqrt", "norm", "binary_cross_entropy", "BCELoss")
_DRAWN = ("randperm", "permutation", "shuffle", "randint", "RandomSampler")
_FREEZES = re.compile(r"requires_grad_\(\s*False|requires_grad\s*=\s*False")
_SETS_MODE = re.compile(r"\beval\b|\.train\([^)]|\btraining\b\s*=")
_MAY_FREEZE = re.compile(r"requires_grad|freeze", re.IGNORECASE)
_SETS_RATE = re.compile(r"sched|param_groups|adjust_l|set_lr|lr_lambda", re.IGNORECASE)
_OTHER_LOSS = re.compile(r"Loss$|_loss$|^kl_div$|entropy", re.IGNORECASE)
_MASKS = re.compile(r"is_causal\s*=\s*True|\btri[lu]\(|generate_square_subsequent_mask")


class Habit(NamedTuple):
    """One thing that the code does. state: how it does it; saw: the same in a sentence."""

    subject: str
    state: str
    node: ast.AST
    saw: str


def training_habits(source: Source, loops: list[TrainingLoop]) -> Iterator[Habit]:
    """Yield what the training code of a file does; `loops` are its training loops."""
    if not loops:
        return
    for loop in loops:
        yield from _of_loop(source, loop)
    yield from _losses(source)
    yield from _parameters(source)
    yield from _evaluation(source)
    yield from _of_text(source, loops[0])


def _of_loop(source: Source, loop: TrainingLoop) -> Iterator[Habit]:
    step = loop.steps[0]
    name = name_of(loop.optimizer(source, step))
    zeros = [zero for zero in loop.zeros if zero.is_call]
    if zeros:
        saw = f"the gradients are cleared in the loop that steps {name}."
        yield Habit("gradients", "cleared", zeros[0].call.node, saw)
    if _steps_each_time(loop):
        saw = f"{name} steps after each backward pass: nothing is accumulated."
        yield Habit("step", "each batch", step.call.node, saw)
    course = course_of(source, loop.scope)
    on = _put_into_train_mode(course, loop)
    if on is not None:
        yield Habit("training mode", "set", on.call.node, "the model is put into train mode.")
    elif not _SETS_MODE.search(source.text):
        yield Habit("training mode", "set", loop.loop, "nothing puts a model into eval mode.")
    if not _SETS_RATE.search(source.text) and not any(is_scheduler_step(source, a) for a in course):
        yield Habit("schedule", "none", loop.loop, "nothing changes the learning rate.")
    yield from _units(source, loop, course)
    yield from _shuffling(source, loop)


def _units(source: Source, loop: TrainingLoop, course: list[Action]) -> Iterator[Habit]:
    """Yield each scheduler that steps as often as what it was built for."""
    for action in course:
        if not is_scheduler_step(source, action) or not action.place.loops:
            continue
        unit = unit_of_scheduler(source, action)
        each = "batches" if is_per_batch(source, action) else "epochs"
        if unit == each and (unit == "epochs" or action.place.loops[-1] is loop.loop):
            saw = f"{name_of(action.receiver)} was built for {unit}, and steps as often."
            yield Habit("schedule", "in its unit", action.call.node, saw)


def _put_into_train_mode(course: list[Action], loop: TrainingLoop) -> Action | None:
    """Return what puts the model into train mode before each training pass, None without it.

    No other model may be switched, and what leaves train mode must not be deeper in loops.
    """
    switches = [(a, sets_mode(a)) for a in course if a.is_call and sets_mode(a) is not None]
    if len({action.receiver for action, _ in switches}) != 1:
        return None
    first = course.index(loop.backwards[0])
    before = [action for action, _ in switches if course.index(action) < first]
    last = before[-1] if before else None
    if last is None or not sets_mode(last):
        return None
    outer = (action.place.loops for action, on in switches if not on)
    around = last.place.loops
    return last if all(loops == around[: len(loops)] for loops in outer) else None


def _steps_each_time(loop: TrainingLoop) -> bool:
    """Tell whether a step follows each backward pass of a loop, and nothing clears in between."""
    for backward in loop.backwards:
        after = loop.actions[loop.actions.index(backward) :]
        steps = [after.index(step) for step in loop.steps if step in after]
        if not steps:
            return False
        step = after[steps[0]]
        same = step.place.loops == backward.place.loops
        always = set(step.place.branches) <= set(backward.place.branches)
        if not (same and always) or any(clears_gradients(a) for a in after[: steps[0]]):
            return False
    return True


def _shuffling(source: Source, loop: TrainingLoop) -> Iterator[Habit]:
    over = taken_from(loop.loop)
    loaders = _loaders(source, over, loop) if over is not None else []
    for call, scope in loaders:
        given = {k.arg: k.value for k in call.keywords}
        position = Call(call, "DataLoader", loop.steps[0].place, scope)
        shuffle = position.argument(2, "shuffle")
        if None in given:
            continue
        if not isinstance(shuffle, ast.Constant | None):
            continue
        if shuffle is not None and shuffle.value:
            yield Habit("order", "shuffled", call, "the training data is shuffled.")
        elif not {"sampler", "batch_sampler", "collate_fn"} & set(given) and len(call.args) < 3:
            yield Habit("order", "kept", call, "the training data comes in the order it lies in.")
        workers = position.argument(5, "num_workers")
        if workers is None:
            yield Habit("workers", "none", call, "one process loads the data and trains.")
    drawn = source.called(*_DRAWN)
    if not loaders and drawn:
        yield Habit("order", "drawn", drawn[0].node, f"batches are drawn by {drawn[0].word}.")


def _loaders(source: Source, expr: ast.expr, loop: TrainingLoop) -> list[tuple[ast.Call, Scope]]:
    """Return the DataLoaders that a loop goes over, through names and enumerate and the like."""
    found, waiting = [], [(node, loop.scope, 3) for node in ast.walk(expr)]
    scopes = {action.event.scope for action in loop.backwards}
    waiting += [(node, scope, 3) for scope in scopes for node in ast.walk(expr)]
    seen: set[int] = set()
    while waiting:
        node, scope, depth = waiting.pop()
        if isinstance(node, ast.Call) and node.func is not None and id(node) not in seen:
            seen.add(id(node))
            if source.name(node.func, scope) == "torch.utils.data.DataLoader":
                found.append((node, scope))
        elif isinstance(node, ast.Name | ast.Attribute) and depth:
            values = source.values(node, scope)
            waiting += [(value, at, depth - 1) for value, at, index in values if index is None]
    return found


def _losses(source: Source) -> Iterator[Habit]:
    stable = True
    for function, (module, wrong) in _LOSSES.items():
        for call in loss_calls(source, function, module):
            if function in _OF_LOGITS:
                made = origin_of_argument(source, call, 0, "input")
                known = made is not None and made.operation not in (UNKNOWN, "")
                if made is not None and known and made.operation not in wrong:
                    saw = f"{function} is given what {made.operation} made, without {wrong[0]}."
                    yield Habit("logits", "straight", call.node, saw)
            stable = stable and function != "nll_loss"
            reduction = _reduction(source, call, function, module)
            if reduction == "sum" or (reduction and _no_other_loss(source)):
                saw = f"the loss of a batch is its {reduction}."
                yield Habit("reduction", reduction, call.node, saw)
    losses = [c for f, (m, _) in _LOSSES.items() for c in loss_calls(source, f, m)]
    if losses and stable and not source.called(*_LOGARITHMS):
        saw = "the loss is one of torch's, and nothing else takes a logarithm or a root."
        yield Habit("logarithms", "none", losses[0].node, saw)


def _no_other_loss(source: Source) -> bool:
    """Tell whether a file computes no loss but those that are looked at."""
    known = {name for function, (module, _) in _LOSSES.items() for name in (function, module)}
    return not any(_OTHER_LOSS.search(word) and word not in known for word in source.calls)


def _reduction(source: Source, call: Call, function: str, module: str) -> str:
    """Return how a loss is reduced: "sum", "mean", or "" where it cannot be told."""
    built = [call.node]
    if source.name(call.node.func, call.scope) != f"torch.nn.functional.{function}":
        values = source.values(call.node.func, call.scope)
        built = [v for v, _, index in values if isinstance(v, ast.Call) and index is None]
    kinds = set()
    for made in built:
        given = {k.arg: k.value for k in made.keywords}
        value = given.get("reduction", ast.Constant("mean"))
        unclear = None in given or not isinstance(value, ast.Constant)
        kinds.add("" if unclear else str(getattr(value, "value", "")))
    only = kinds.pop() if len(kinds) == 1 else ""
    return only if only in ("sum", "mean") else ""


def _parameters(source: Source) -> Iterator[Habit]:
    for build in builds(source):
        value = getattr(build.action.event, "value", None)
        first = value.args[0] if isinstance(value, ast.Call) and value.args else None
        if not isinstance(first, ast.Call) or not isinstance(first.func, ast.Attribute):
            continue
        owner = first.func.value
        if first.func.attr != "parameters":
            continue
        whole = isinstance(owner, ast.Name) or (
            isinstance(owner, ast.Attribute) and ast.unparse(owner.value) == "self"
        )
        if whole and role(source, owner, build.action.event.scope) == MODEL:
            saw = f"{name_of(build.optimizer)} is given all parameters of {ast.unparse(owner)}."
            yield Habit("parameters", "all", first, saw)
        elif not whole:
            saw = f"{name_of(build.optimizer)} is given the parameters of {ast.unparse(owner)}."
            yield Habit("parameters", "some", first, saw)


def _evaluation(source: Source) -> Iterator[Habit]:
    for loop in evaluation_loops(source):
        off = [action for action in loop.before if sets_mode(action) is False]
        if off:
            saw = "the model is put into eval mode before it is evaluated."
            yield Habit("evaluation mode", "set", off[-1].call.node, saw)


def _of_text(source: Source, loop: TrainingLoop) -> Iterator[Habit]:
    frozen = _FREEZES.search(source.text)
    if frozen is not None:
        yield Habit("frozen", "some", _at(source, frozen.start()), "parameters are frozen.")
    elif not _MAY_FREEZE.search(source.text):
        yield Habit("frozen", "none", loop.loop, "nothing freezes a parameter.")
    mask = _MASKS.search(source.text)
    if mask is not None:
        yield Habit("causal mask", "there", _at(source, mask.start()), "a causal mask is made.")
    place = source.text.find("ignore_index")
    if place >= 0:
        saw = "the loss leaves one index of the targets out."
        yield Habit("padding", "left out", _at(source, place), saw)


def _at(source: Source, place: int) -> ast.AST:
    """Return a node that stands where a place of the text is."""
    return ast.Pass(lineno=source.text.count("\n", 0, place) + 1, col_offset=0)
