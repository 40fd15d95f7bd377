"""Training goes on in eval mode: nothing calls train() after eval().

Look: a loop that trains a model and in the same pass calls its eval(), with no
train() in the loop; or an eval() before the training loop and none of train()
after it; or a train() that an early return after eval() leaves out, or that runs
only where a score got better.

Reason: from the first evaluation on, dropout is off and batch norm uses its
running averages without updating them: the network overfits, or learns with
statistics of its beginning.

Fix: model.train() at the start of each epoch, and after each evaluation.

Not reported: eval() of another model, such as a teacher or an average of
weights; training of which the backward pass is out of sight; a train() in a
function of this file that the loop runs.

Sources: PyTorch documentation, torch.nn.Module.train; Autograd mechanics
(evaluation mode).
"""

from __future__ import annotations

import ast
import re

from neural_trainer.inspect.lint.batch_steps import batch_step
from neural_trainer.inspect.lint.conditions import implied
from neural_trainer.inspect.lint.course import Action, course_of, courses, within
from neural_trainer.inspect.lint.deeds import (
    gradients_on,
    is_backward,
    is_step,
    name_of,
    sets_mode,
    stepped_optimizer,
)
from neural_trainer.inspect.lint.evaluation_loops import out_of_sight
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.modes import may_be_passed_by, may_set_mode_of
from neural_trainer.inspect.lint.optimizer_builds import models_in
from neural_trainer.inspect.lint.scope import Call
from neural_trainer.inspect.lint.source import Source

ID = "train-mode-not-restored"
CAUSE = "eval-mode-while-training"


def find(source: Source) -> list[Spot]:
    """Return each eval() after which the model trains on without train()."""
    if not source.called("eval", "train") or not source.called("backward", "manual_backward"):
        return []
    spots: dict[int, Spot] = {}
    for actions in courses(source, "backward", "manual_backward"):
        puts = [n for n, a in enumerate(actions) if a.receiver and _may_put(a)]
        steps = {stepped_optimizer(source, a) for a in actions if puts and is_step(source, a)}
        if not steps or not any(is_backward(a) for a in actions):
            continue
        trained = _Trained(source, actions, steps)
        for position in puts:
            action = actions[position]
            if id(action.call.node) in spots:
                continue
            off = sets_mode(action) is False and not _is_one_of_two(actions, action)
            line = _trains_on(trained, actions, position) if off else 0
            line = line or _trains_inverted(source, actions, position)
            if line:
                saw = (
                    f"{name_of(action.receiver)} is put into eval mode, and trains on line "
                    f"{line} with no train() between"
                )
                spots[id(action.call.node)] = Spot(action.call.node, saw)
    for spot in _in_handlers(source):
        spots[id(spot.node)] = spot
    return list(spots.values())


def _in_handlers(source: Source) -> list[Spot]:
    """Return each eval() in what an Ignite engine calls between batches that train on so.

    The function that trains a batch sets no mode, and neither does another handler.
    """
    engines = {}
    for call in source.called("Engine"):
        step = source.defined(call.argument(0), call.scope)
        keys = {k for k, items in source.assignments.items() if items[-1].value is call.node}
        if step is not None and batch_step(source, step) and keys:
            engines[keys.pop()] = course_of(source, step)
    spots = []
    for scope in source.scopes if engines else ():
        on = [d.func for d in scope.decorators if isinstance(d, ast.Call)]
        keys = {source.key(f.value, scope) for f in on if getattr(f, "attr", "") == "on"}  # type: ignore[attr-defined]
        for key in keys & set(engines):
            own = course_of(source, scope)
            modes = [a for a in own if a.receiver and sets_mode(a) is not None]
            off = modes[-1] if modes and sets_mode(modes[-1]) is False else None
            trained = engines[key]
            runs = off is not None and any(a.called == off.receiver for a in trained)
            others = [c for c in source.called("train") if _sets_on(c) and c.scope.decorators]
            restored = any(sets_mode(a) is not None for a in trained) or others
            if off is not None and runs and not restored:
                line = next((a.call.node.lineno for a in trained if is_backward(a)), 0)
                saw = (
                    f"{name_of(off.receiver)} is put into eval mode between batches, and trains on "
                    f"line {line} with no train() between"
                )
                spots += [Spot(off.call.node, saw)] if line else []
    return spots


def _is_one_of_two(actions: list[Action], put: Action) -> bool:
    """Tell whether the other arm of an `if` puts the model into training mode."""
    other = {(node, "else" if arm == "then" else "then") for node, arm in put.place.branches}
    return any(
        not other.isdisjoint(action.place.branches)
        for action in actions
        if action.receiver == put.receiver and sets_mode(action) is True
    )


def _sets_on(call: Call) -> bool:
    """Tell whether a call is train() or train(True)."""
    return not call.node.args or getattr(call.node.args[0], "value", None) is True


def _may_put(action: Action) -> bool:
    return action.is_call and action.word in ("eval", "train")


class _Trained:
    """Which models the optimizers that step in a course were built from."""

    def __init__(self, source: Source, actions: list[Action], steps: set[str]) -> None:
        self.source = source
        self.models = {m for key in sorted(steps) for m in models_in(source, actions, key)}
        given = [item.value for key in steps for item in source.assignments.get(key, ())]
        self.built = any(isinstance(value, ast.Call) for value in given)
        self.evaluated = {a.receiver for a in actions if sets_mode(a) is False}
        self.steps = {id(a) for a in actions if is_step(source, a)}

    def holds(self, model: str) -> bool:
        """Tell whether `model` is trained; where none is seen being built, the only one is."""
        if any(key == model or key.startswith(f"{model}.") for key in self.models):
            return True
        return not self.built and self.evaluated == {model}


def _trains_inverted(source: Source, actions: list[Action], position: int) -> int:
    """Return the line where a model trains under a flag for which train(flag) is train(False)."""
    put = actions[position]
    given = put.call.argument(0, "mode")
    if put.word != "train" or given is None or isinstance(given, ast.Constant):
        return 0
    for action in actions[position + 1 :]:
        same = action.event.scope is put.event.scope and is_backward(action)
        if same and implied(source, given, put.event.scope, action.event.place) is False:
            return action.call.node.lineno
    return 0


def _trains_on(trained: _Trained, actions: list[Action], position: int) -> int:
    """Return the line where training goes on in eval mode, 0 where it does not.

    After an eval() in a loop comes the rest of the pass, and the next pass: of each loop around.
    """
    put = actions[position]
    if not trained.holds(put.receiver):
        return 0
    before, after = actions[:position], actions[position + 1 :]
    orders = [within(after, loop) + within(before, loop) for loop in put.place.loops[:0:-1]]
    orders.append(after + within(before, put.place.loops[0]) if put.place.loops else after)
    lines = (_first_backward(trained, order, put) for order in orders)
    return next((line for line in lines if line), 0)


def _first_backward(trained: _Trained, after: list[Action], put: Action) -> int:
    """Return the line of the first backward pass in `after` through the model that `put` is of."""
    source, ran, model = trained.source, False, put.receiver
    for action in after:
        if not action.is_call:
            if action.receiver == model and action.word == "=" and _is_new(source, action, put):
                return 0
            continue
        on = action.word == "train" and sets_mode(action) is not False
        if on and may_set_mode_of(source, action, model):
            if not may_be_passed_by(source, action, put):
                return 0
            continue
        runs = action.key(source, action.call.node.func) in (model, f"{model}.forward")
        ran = ran or (runs and (gradients_on(action) or _by_a_flag(action)))
        if ran and is_backward(action):
            graded = [a for a in after if gradients_on(a) is not False]
            steps = any(id(a) in trained.steps for a in after)
            certain = steps and gradients_on(action) is not False
            hidden = out_of_sight(source, graded, model)
            return action.call.node.lineno if certain and not hidden else 0
    return 0


def _by_a_flag(action: Action) -> bool:
    """Tell whether gradients are recorded by a flag: what then goes backward was, with it on."""
    switches = [c for c in action.contexts if _SWITCH.search(c)]
    return bool(switches) and all(c.endswith(".set_grad_enabled") for c in switches)


_SWITCH = re.compile(r"grad|infer|\?")


def _is_new(source: Source, action: Action, put: Action) -> bool:
    """Tell whether an assignment makes a model anew: not from itself, as wrapping does."""
    value = getattr(action.event, "value", None)
    if not isinstance(value, ast.Call) or source.defined(value.func, action.event.scope):
        return False
    inside = list(ast.walk(value))
    return put.call.node not in inside and all(
        action.key(source, node) != put.receiver for node in _named(value)
    )


def _named(expr: ast.expr) -> list[ast.expr]:
    return [node for node in ast.walk(expr) if isinstance(node, (ast.Name, ast.Attribute))]
