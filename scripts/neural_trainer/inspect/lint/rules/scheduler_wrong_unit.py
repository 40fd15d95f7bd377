"""A scheduler that was built for epochs steps every batch, or one for batches every epoch.

Look: of two nested training loops, a scheduler steps in the inner one and was
built with a number of epochs (T_max=epochs, StepLR(step_size=30), milestones,
patience=5, ExponentialLR(gamma=.9)); or it steps in the outer one alone and was built with
a number of batches (OneCycleLR, steps of warmup, T_max=epochs * len(loader)). Or
it steps with every batch of many epochs and ends at len(loader), after the first. In
Lightning, the "interval" of configure_optimizers says which; without one it is an
epoch. A Trainer of Hugging Face steps what it is given with every batch.

Reason: for epochs, but stepped per batch, the rate decays to nothing within an
epoch or two, or swings up and down. For batches, but stepped per epoch, warmup
never ends and the decay never comes.

Fix: step where the unit says: schedulers for epochs after the inner loop,
schedulers for batches after each optimizer.step().

Not reported: numbers that are computed out of sight; loops that are not nested;
a step that a condition guards alone, other than that gradients were synchronised,
not skipped, or that there is a scheduler.

Sources: PyTorch documentation, torch.optim.lr_scheduler.OneCycleLR (step should
be called after a batch has been used for training).
"""

from __future__ import annotations

import ast
import re

from neural_trainer.inspect.lint.course import Action, courses
from neural_trainer.inspect.lint.deeds import is_scheduler_step, is_step, name_of
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.lightning_schedules import EPOCH, STEP, lightning_schedules
from neural_trainer.inspect.lint.roles import LOADER, role
from neural_trainer.inspect.lint.schedule_lengths import BATCHES, EPOCHS
from neural_trainer.inspect.lint.schedule_units import (
    constructors,
    one_pass_length,
    unit_of,
    unit_of_scheduler,
)
from neural_trainer.inspect.lint.scope import Loop, Scope, head_of, taken_from
from neural_trainer.inspect.lint.settings import settled_arms, written
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.trainer_schedules import trainer_schedules

ID = "scheduler-wrong-unit"
CAUSE = "lr-schedule-wrong"
_EPOCHS = re.compile(r"epoch", re.I)


def find(source: Source) -> list[Spot]:
    """Return each step of a scheduler in the wrong loop."""
    spots = _in_lightning(source) + _in_a_trainer(source)
    if len(source.called("step")) > 1:
        for actions in courses(source, "step"):
            spots += _of_course(source, actions)
    return spots


def _in_lightning(source: Source) -> list[Spot]:
    """Return what configure_optimizers tells Lightning of how often a scheduler steps."""
    spots = []
    for given in lightning_schedules(source):
        each = {STEP: BATCHES, EPOCH: EPOCHS}.get(given.interval)
        unit = unit_of(source, given.scheduler, given.scope)
        if each and unit and unit != each:
            how = "with every batch" if each == BATCHES else "once an epoch"
            name = ast.unparse(given.scheduler)[:40]
            spots.append(Spot(given.node, f"{name} was built for {unit}, and steps {how}"))
    return spots


def _in_a_trainer(source: Source) -> list[Spot]:
    """Return where schedulers of epochs are built that a trainer steps with every batch."""
    built = {
        id(call): call
        for scheduler, scope in trainer_schedules(source)
        if unit_of(source, scheduler, scope) == EPOCHS
        for call, _ in constructors(source, scheduler, scope)
        if not ast.unparse(call.func).endswith("Plateau")  # which it steps after evaluation
    }
    saw = "the schedule counts epochs, and the trainer steps it with every batch"
    return [Spot(call, saw) for call in built.values()]


def _of_course(source: Source, actions: list[Action]) -> list[Spot]:
    steps = [a for a in actions if is_step(source, a)]
    if not steps:
        return []
    spots = []
    for each in actions:
        if not is_scheduler_step(source, each) or not each.place.loops:
            continue
        action = _in_its_pass(each, steps)
        flags = settled_arms(source, action.event.place, action.event.scope)
        if False in flags.values():
            continue
        unit = unit_of_scheduler(source, action)
        inner = action.place.loops[-1]
        together = [s for s in steps if s.place.loops[-1:] == (inner,)]
        deeper = [s for s in steps if inner in s.place.loops and s.place.loops[-1] is not inner]
        name = name_of(action.receiver)
        if unit == EPOCHS and together and is_per_batch(source, action):
            guards = set(action.place.branches) - set(together[0].place.branches) - set(flags)
            if all(_is_usual(node) for node, _ in guards) and not _is_told(action):
                saw = f"{name} was built for epochs, and steps with every batch"
                spots.append(Spot(_where_it_is_said(source, action, list(flags)), saw))
        elif unit != EPOCHS and together and len(action.place.loops) > 1:
            length = one_pass_length(source, action.call.receiver, action.event.scope)  # type: ignore[arg-type]
            if length is not None and is_per_batch(source, action):
                saw = (
                    f"{name} was built for the {ast.unparse(length)} batches of one epoch, and "
                    f"steps on through all (line {action.call.node.lineno})"
                )
                spots.append(Spot(length, saw))
        elif (
            unit == BATCHES
            and deeper
            and not together
            and not _is_chosen(action)
            and all(_is_loader(source, s.place.loops[-1], s.event.scope) for s in deeper)
        ):
            saw = f"{name} was built for batches, and steps once an epoch"
            spots.append(Spot(action.call.node, saw))
    return spots


def _where_it_is_said(source: Source, action: Action, flags: list[tuple[ast.AST, str]]) -> ast.expr:
    """Return the one flag by which a scheduler steps each batch, else the step itself."""
    tests = [node.test for node, _ in flags if isinstance(node, ast.If)]
    test = tests[0] if len(tests) == 1 else None
    if isinstance(test, ast.UnaryOp):
        test = test.operand
    said = written(source, test, action.event.scope) if test is not None else None
    return said if isinstance(said, ast.Constant) else action.call.node


def _in_its_pass(action: Action, steps: list[Action]) -> Action:
    """Return a step without the loops around it that no optimizer steps in: over callbacks."""
    loops = action.place.loops
    while len(loops) > 1 and not any(loops[-1] in s.place.loops for s in steps):
        loops = loops[:-1]
    return action._replace(place=action.place._replace(loops=loops))


def _is_told(action: Action) -> bool:
    """Tell whether a scheduler is told where it is: step(epoch), step(epoch + i / num_batches).

    As well by step_update of timm, which does nothing for a schedule of epochs.
    """
    given = [node for value in action.call.node.args for node in ast.walk(value)]
    told = any(isinstance(n, ast.Div) or _EPOCHS.search(getattr(n, "id", "")) for n in given)
    return told or action.word == "step_update"


def _is_usual(node: ast.AST) -> bool:
    """Tell whether a condition holds for each step, or where there is a scheduler."""
    return isinstance(node, ast.If) and _USUAL.search(ast.unparse(node.test)) is not None


_USUAL = re.compile(
    r"^\w+(?:\.\w+)*\.sync_gradients$|get_scale\(|^(?:\w+\.)*\w*sched\w*(?: is not None)?$"
)


def _is_chosen(action: Action) -> bool:
    """Tell whether a step is for one kind of scheduler alone."""
    tests = [ast.unparse(n.test) for n, _ in action.place.branches if isinstance(n, ast.If)]
    chosen = (test for test in tests if not _USUAL.search(test))
    return any(re.search(r"isinstance|Plateau|sched", test) for test in chosen)


def is_per_batch(source: Source, action: Action) -> bool:
    """Tell whether the loop around is over batches, within one over epochs."""
    loops = action.place.loops
    if len(loops) > 1 and _EPOCHS.search(head_of(loops[-2])):
        return True
    batches = _is_loader(source, loops[-1], action.event.scope)
    return batches and (len(loops) > 1 or not _EPOCHS.search(head_of(loops[-1])))


def _is_loader(source: Source, loop: Loop, scope: Scope) -> bool:
    """Tell whether a loop goes over batches: a loader, or something under the name of batches."""
    over = taken_from(loop)
    if over is None:
        return False
    things = [node for node in ast.walk(over) if isinstance(node, (ast.Name, ast.Attribute))]
    if any(role(source, thing, scope) == LOADER for thing in things):
        return True
    return not _EPOCHS.search(head_of(loop)) and bool(re.search(r"batch|data|load", head_of(loop)))
