"""Training goes on in eval mode: nothing calls train() after eval().

Look: a loop that trains a model and in the same pass calls its eval(), with no
train() in the loop; or an eval() before the training loop and none of train()
after it.

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

from neural_trainer.inspect.lint.course import Action, courses, within
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
from neural_trainer.inspect.lint.source import Source

ID = "train-mode-not-restored"
CAUSE = "eval-mode-while-training"


def find(source: Source) -> list[Spot]:
    """Return each eval() after which the model trains on without train()."""
    if not source.called("eval", "train") or not source.called("backward", "manual_backward"):
        return []
    spots = []
    for actions in courses(source, "backward", "manual_backward"):
        if not any(is_backward(a) for a in actions):
            continue
        for position, action in enumerate(actions):
            if sets_mode(action) is False and action.receiver:
                line = _trains_on(source, actions, position)
                if line:
                    saw = (
                        f"{name_of(action.receiver)} is put into eval mode, and trains on line "
                        f"{line} with no train() between"
                    )
                    spots.append(Spot(action.call.node, saw))
    return spots


def _trains_on(source: Source, actions: list[Action], position: int) -> int:
    """Return the line where training goes on in eval mode, 0 where it does not."""
    put = actions[position]
    model = put.receiver
    after = actions[position + 1 :]
    around = put.place.loops[:1]
    if around:  # the next pass of the outermost loop comes after
        after += within(actions[:position], around[0])
    for action in after:
        if sets_mode(action) in (True, None) and _may_train(action):
            return 0
        if is_backward(action):
            trained = _is_trained(source, actions, model) and gradients_on(action) is not False
            forward = _ran_before(source, after, action, model)
            steps = any(is_step(source, later) for later in after)
            if not (trained and forward and steps) or out_of_sight(source, after, model):
                return 0
            return action.call.node.lineno
    return 0


def _may_train(action: Action) -> bool:
    return action.is_call and action.word == "train"


def _is_trained(source: Source, actions: list[Action], model: str) -> bool:
    """Tell whether an optimizer that steps here was built from the parameters of `model`.

    Where none is seen being built, the only model that runs is taken for it.
    """
    built = False
    for action in actions:
        if not is_step(source, action):
            continue
        key = stepped_optimizer(source, action)
        for assignment in source.assignments.get(key, ()):
            if not isinstance(assignment.value, ast.Call):
                continue
            built = True
            names = {
                source.key(node, assignment.scope)
                for node in ast.walk(assignment.value)
                if isinstance(node, (ast.Name, ast.Attribute))
            }
            if model in names:
                return True
    evaluated = {a.receiver for a in actions if sets_mode(a) is False}
    return not built and evaluated == {model}


def _ran_before(source: Source, after: list[Action], backward: Action, model: str) -> bool:
    """Tell whether the model ran, with gradients, between its eval() and the backward pass."""
    for action in after:
        if action is backward:
            return False
        runs = action.is_call and action.key(source, action.call.node.func) in (
            model,
            f"{model}.forward",
        )
        if runs and gradients_on(action):
            return True
    return False
