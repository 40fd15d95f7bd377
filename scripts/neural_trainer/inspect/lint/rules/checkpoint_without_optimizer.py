"""A checkpoint to go on from holds the model and not the optimizer.

Look: torch.save, or that of another library, in a file that trains with an
optimizer, of a model's state together with an epoch or step, or to a path that
says checkpoint, last, latest or resume, where nothing that the file saves holds
the optimizer's state.

Reason: Adam's moments and the momentum start from zero after a resume: the
first steps are larger than any before, and the loss jumps.

Fix: save optimizer.state_dict() beside the model, and the scheduler's.

Not reported: weights of the best or the final model, meant for use; states that
are put together out of sight; files that do not train.

Sources: PyTorch documentation, Saving and loading models (a general checkpoint
for inference and/or resuming training).
"""

from __future__ import annotations

import re

from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.roles import MODEL, OPTIMIZER, role
from neural_trainer.inspect.lint.saved_states import Saved, saved_states
from neural_trainer.inspect.lint.source import Source, shown
from neural_trainer.inspect.lint.training_loops import training_loops

ID = "checkpoint-without-optimizer"
CAUSE = "resume-incomplete"
_TO_GO_ON = re.compile(
    r"check_?p|ckpt|latest|\blast|_last|resume|epoch|step|snapshot", re.IGNORECASE
)
_TO_USE = re.compile(r"best|final|weights|export|deploy|inference|ema", re.IGNORECASE)


def find(source: Source) -> list[Spot]:
    """Return each checkpoint without its optimizer."""
    saves = [save for save in saved_states(source) if training_loops(source)]
    if any(not save.all_in_sight for save in saves):
        return []
    held = [save for save in saves if OPTIMIZER in save.parts]
    if held:
        return [spot for save in held for spot in _of_several(source, save)]
    saw = "the model is saved to go on from, and no checkpoint holds the optimizer's state"
    return [Spot(save.call.node, saw) for save in saves if _to_go_on(save)]


def _of_several(source: Source, save: Saved) -> list[Spot]:
    """Return a checkpoint that holds one of several optimizers that step, and not the others."""
    stepped = {
        source.key(c.receiver, c.scope)
        for c in source.called("step")
        if role(source, c.receiver, c.scope) == OPTIMIZER
    }
    built = {key for key in stepped if source.assignments.get(key)}
    missing = sorted(shown(key) for key in built - save.objects)
    if not missing or built != stepped or not built & save.objects or not _to_go_on(save):
        return []
    saw = f"of the optimizers, this checkpoint does not hold the state of {', '.join(missing)}"
    return [Spot(save.call.node, saw)]


def _to_go_on(save: Saved) -> bool:
    if MODEL not in save.parts or _TO_USE.search(save.path):
        return False
    return save.counts or _TO_GO_ON.search(save.path) is not None
