"""A model is evaluated in train mode: nothing calls eval() before it runs on held-out batches.

Look: training, and a loop over held-out batches in which the same model runs
without a backward pass, with no model.eval() before it since the last
model.train(); an eval() of a part of it alone, or of another model, is none. Held
out by the names, or by what the loader was built of.

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

from neural_trainer.inspect.lint.deeds import name_of
from neural_trainer.inspect.lint.evaluation_loops import (
    evaluation_loops,
    lone_passes,
    mode_matters,
    out_of_sight,
)
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.modes import takes_out_of_training
from neural_trainer.inspect.lint.source import Source

ID = "evaluation-in-train-mode"
CAUSE = "train-mode-while-evaluating"


def find(source: Source) -> list[Spot]:
    """Return each loop over held-out batches that runs in train mode."""
    if not source.called("backward", "manual_backward"):
        return []
    spots = []
    for found in (*evaluation_loops(source), *lone_passes(source)):
        if not found.trains or "?" in found.forward.contexts:
            continue
        if any("eval" in name.rpartition(".")[2].lower() for name in found.forward.contexts):
            continue
        inside = [a for a in found.course if found.loop in a.place.loops]
        cls = source.class_of(found.forward.call.node.func, found.forward.call.scope)
        modes = takes_out_of_training(source, [*found.before, *inside], found.model, cls)
        if False in modes and not _train_again(modes):
            continue
        if out_of_sight(source, found.before, found.model):
            continue
        if not mode_matters(source, found.forward):
            continue
        saw = (
            f"{name_of(found.model)} runs on held-out batches here, and no eval() has taken it "
            "out of train mode"
        )
        spots.append(Spot(found.loop, saw))
    return spots


def _train_again(modes: list[bool | None]) -> bool:
    """Tell whether the last thing that set a mode set train mode for certain."""
    known = [mode for mode in modes if mode is not None]
    return bool(known) and known[-1]
