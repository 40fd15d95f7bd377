"""A model is evaluated in train mode: nothing calls eval() before it runs on held-out batches.

Look: training, and a loop over held-out batches in which the same model runs
without a backward pass, with no model.eval() before it since the last
model.train(); an eval() of a part of it alone, or of another model, is none. Held
out by the names, or by what the loader was built of; one that trains by a flag is
evaluation where a call or a phase does not set it.

Reason: dropout is at work and batch norm uses, and updates with, the statistics
of held-out batches: the score is worse than the model, or better by what leaks
into its running averages.

Fix: model.eval() before the loop, model.train() after it.

Not reported: a model of this file without dropout or batch norm; evaluation
whose training is out of sight; a model that is handed to code of another file
first; a context that sets the mode.

Sources: PyTorch documentation, torch.nn.Module.eval; Autograd mechanics
(evaluation mode).
"""

from __future__ import annotations

import ast

from neural_trainer.inspect.lint.course import Action
from neural_trainer.inspect.lint.deeds import is_backward, name_of, sets_mode
from neural_trainer.inspect.lint.evaluation_loops import (
    EvaluationLoop,
    evaluation_loops,
    lone_passes,
    mode_matters,
    out_of_sight,
)
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.modes import takes_out_of_training
from neural_trainer.inspect.lint.scope import Loop
from neural_trainer.inspect.lint.shared_passes import shared_passes
from neural_trainer.inspect.lint.source import Source

ID = "evaluation-in-train-mode"
CAUSE = "train-mode-while-evaluating"


def find(source: Source) -> list[Spot]:
    """Return each loop over held-out batches that runs in train mode."""
    if not source.called("backward", "manual_backward"):
        return []
    spots: dict[Loop | ast.Call, Spot] = {}
    loops = [*evaluation_loops(source), *shared_passes(source), *lone_passes(source)]
    models = {
        found.loop: {each.model for each in loops if each.loop is found.loop} for found in loops
    }
    for found in loops:
        if not found.trains or "?" in found.forward.contexts:
            continue
        if any("eval" in name.rpartition(".")[2].lower() for name in found.forward.contexts):
            continue
        around = {found.loop, *found.forward.place.loops[: 1 if _is_shared(found) else 0]}
        inside = [a for a in found.course if around & set(a.place.loops)]
        cls = source.class_of(found.forward.call.node.func, found.forward.call.scope)
        modes = takes_out_of_training(source, [*found.before, *inside], found.model, cls)
        if False in modes and not _train_again(modes):
            continue
        if len(models[found.loop]) > 1 and True not in modes:  # one of them may be no model
            continue
        if _is_shared(found) and _may_set(found, inside):
            continue
        if out_of_sight(source, found.before, found.model):
            continue
        if not mode_matters(source, found.forward):
            continue
        saw = (
            f"{name_of(found.model)} runs on held-out batches here, and no eval() has taken it "
            "out of train mode"
        )
        spots.setdefault(found.loop, Spot(found.loop, saw))
    return list(spots.values())


def _is_shared(found: EvaluationLoop) -> bool:
    """Tell whether a loop trains as well, by another call or in another phase."""
    return any(is_backward(a) and found.loop in a.place.loops for a in found.course)


def _may_set(found: EvaluationLoop, inside: list[Action]) -> bool:
    """Tell whether eval() or train(flag) of the model stands before or beside its passes."""
    return any(
        a.is_call and a.word in ("train", "eval") and sets_mode(a) is not True
        for a in (*found.before, *inside)
    )


def _train_again(modes: list[bool | None]) -> bool:
    """Tell whether the last thing that set a mode set train mode for certain."""
    known = [mode for mode in modes if mode is not None]
    return bool(known) and known[-1]
