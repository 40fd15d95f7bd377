"""Training goes on from a checkpoint, and part of its state stays behind.

Look: a file that trains, loads a checkpoint into the model, and does not load
what it saves for the optimizer, the scheduler or the GradScaler; or loads the
optimizer and not the scheduler that it also steps.

Reason: moments, rate or scale begin anew in the middle of a run: the loss jumps
at the resume, and the schedule runs a second time.

Fix: save and load_state_dict for model, optimizer, scheduler, scaler; go on
from the saved epoch.

Not reported: weights loaded for a new training, where no checkpoint holds the
optimizer beside them; what __init__, a reset or a function of pretrained or
best weights loads; a scheduler that is told last_epoch; states loaded out of sight.

Sources: PyTorch documentation, Saving and loading models (resuming training);
torch.optim.lr_scheduler (state_dict).
"""

from __future__ import annotations

import re

from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.roles import MODEL, OPTIMIZER, SCALER, SCHEDULER, role
from neural_trainer.inspect.lint.saved_states import loaded_parts, saved_states
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.training_loops import training_loops
from neural_trainer.inspect.lint.wording import mentions

ID = "resume-incomplete"
CAUSE = "resume-incomplete"
_ELSEWHERE = re.compile(r"last_epoch|load_checkpoint\s*\(|load_state\s*\(|[aA]ccelerat|deepspeed")
_BEGINS = re.compile(r"__init__|reset|pretrain|best|export", re.IGNORECASE)
"""Functions that load weights to begin with, or to end with."""
_RESUMES = re.compile(r"resum|start_epoch|continue_from", re.IGNORECASE)


def find(source: Source) -> list[Spot]:
    """Return where a checkpoint is loaded in part."""
    if not source.called("load_state_dict") or not training_loops(source):
        return []
    loaded = loaded_parts(source)
    if MODEL not in loaded or mentions(source, _ELSEWHERE) or _any_state(source):
        return []
    if _BEGINS.search(loaded[MODEL].scope.name):
        return []
    together = [save.parts for save in saved_states(source) if MODEL in save.parts]
    saved = {part for parts in together for part in parts}
    resumes = OPTIMIZER in loaded or OPTIMIZER in saved or mentions(source, _RESUMES)
    wanted = set(saved)
    if resumes:
        wanted |= _stepped(source)
    missing = sorted((wanted & {OPTIMIZER, SCHEDULER, SCALER}) - set(loaded))
    if not resumes or not missing:
        return []
    what = ", ".join(missing)
    saw = f"the model is loaded to go on with, and the state of the {what} is not"
    beside = [c for c in source.called("load_state_dict") if c.scope is loaded[MODEL].scope]
    return [Spot(max(beside, key=lambda call: call.node.lineno).node, saw)]


def _any_state(source: Source) -> bool:
    """Tell whether something of an unknown part is loaded, which may be what is missing."""
    return any(
        not role(source, call.receiver, call.scope) for call in source.called("load_state_dict")
    )


def _stepped(source: Source) -> set[str]:
    """Return the parts that this file builds and steps."""
    found = set()
    for call in source.called("step"):
        part = role(source, call.receiver, call.scope)
        if part and source.key(call.receiver, call.scope) in source.assignments:
            found.add(part)
    return found
