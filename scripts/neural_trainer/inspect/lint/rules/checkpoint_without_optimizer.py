"""A checkpoint to go on from holds the model and not the optimizer.

Look: torch.save in a file that trains with an optimizer, of a model's state
together with an epoch or step, or to a path that says checkpoint, last, latest
or resume, where no torch.save of the file holds the optimizer's state.

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
from neural_trainer.inspect.lint.roles import MODEL, OPTIMIZER
from neural_trainer.inspect.lint.saved_states import Saved, saved_states
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.training_loops import training_loops

ID = "checkpoint-without-optimizer"
CAUSE = "resume-incomplete"
_TO_GO_ON = re.compile(
    r"check_?p|ckpt|latest|\blast|_last|resume|epoch|step|snapshot", re.IGNORECASE
)
_TO_USE = re.compile(r"best|final|weights|export|deploy|inference|ema", re.IGNORECASE)


def find(source: Source) -> list[Spot]:
    """Return each checkpoint without its optimizer."""
    if not source.called("save") or not training_loops(source):
        return []
    saves = list(saved_states(source))
    if any(OPTIMIZER in save.parts or not save.all_in_sight for save in saves):
        return []
    saw = "the model is saved to go on from, and no checkpoint holds the optimizer's state"
    return [Spot(save.call.node, saw) for save in saves if _to_go_on(save)]


def _to_go_on(save: Saved) -> bool:
    if MODEL not in save.parts or _TO_USE.search(save.path):
        return False
    return save.counts or _TO_GO_ON.search(save.path) is not None
