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

import ast
import re

from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.optimizer_builds import optimizer_calls
from neural_trainer.inspect.lint.roles import MODEL, OPTIMIZER, SCALER, SCHEDULER, role
from neural_trainer.inspect.lint.saved_states import (
    loaded_parts,
    restores,
    saved_states,
    state_part,
)
from neural_trainer.inspect.lint.scope import Call, taken_from
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.training_loops import training_loops
from neural_trainer.inspect.lint.wording import mentions

ID = "resume-incomplete"
CAUSE = "resume-incomplete"
_ELSEWHERE = re.compile(r"last_epoch|load_checkpoint\s*\(|load_state\s*\(|deepspeed")
_BEGINS = re.compile(r"__init__|reset|pretrain|best|export", re.IGNORECASE)
"""Functions that load weights to begin with, or to end with."""
_RESUMES = re.compile(r"resum|start_epoch|continue_from", re.IGNORECASE)


def find(source: Source) -> list[Spot]:
    """Return where a checkpoint is loaded in part."""
    loops = training_loops(source) if source.called("load_state_dict") else []
    if not loops:
        return []
    loaded = loaded_parts(source)
    if MODEL not in loaded or mentions(source, _ELSEWHERE) or _any_state(source):
        return []
    if _BEGINS.search(loaded[MODEL].scope.name):
        return []
    saves = [save for save in saved_states(source) if MODEL in save.parts]
    saved = {part for save in saves for part in save.parts}
    resumes = OPTIMIZER in loaded or OPTIMIZER in saved or mentions(source, _RESUMES)
    wanted = saved | (_stepped(source) if OPTIMIZER in saved or not saves else set())
    missing = sorted((wanted & {OPTIMIZER, SCHEDULER, SCALER}) - set(loaded))
    if not resumes:
        return []
    if missing:
        what = ", ".join(missing)
        saw = f"the model is loaded to go on with, and the state of the {what} is not"
        return [Spot(_last(source, loaded[MODEL], missing), saw)]
    counters = {name for save in saves for name in save.counters}
    outer = loops[0].backwards[0].place.loops[0]
    if OPTIMIZER in loaded and counters and not _are_read(source, counters) and _from_0(outer):
        saw = f"the checkpoint counts ({', '.join(sorted(counters))}), and this loop begins at 0"
        return [Spot(outer, saw)]
    return []


def _last(source: Source, loaded: Call, missing: list[str]) -> ast.AST:
    """Return the last thing done to restore; an optimizer that is built only then."""
    scope = loaded.scope
    for call in source.called("update"):  # opt.state_dict().update(...) changes a copy
        of = call.receiver
        if call.scope is scope and isinstance(of, ast.Call) and _word(of) == "state_dict":
            return call.node
    beside = [c.node for c in restores(source) if c.scope is scope]
    last = max(beside, key=lambda node: node.lineno)
    built = [c.node for c in optimizer_calls(source) if c.scope is scope]
    later = [node for node in built if node.lineno > last.lineno]
    return later[0] if OPTIMIZER in missing and later and len(later) == len(built) else last


def _word(call: ast.Call) -> str:
    return getattr(call.func, "attr", "")


def _are_read(source: Source, counters: set[str]) -> bool:
    """Tell whether any entry that counts is taken out of a checkpoint."""
    for node in ast.walk(source.tree):
        index: ast.expr | None = None
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            index = node.slice
        elif isinstance(node, ast.Call) and _word(node) in ("get", "pop") and node.args:
            index = node.args[0]
        if isinstance(index, ast.Constant) and index.value in counters:
            return True
    return False


def _from_0(loop: ast.AST) -> bool:
    over = taken_from(loop)
    begins = isinstance(over, ast.Call) and getattr(over.func, "id", "") in ("range", "trange")
    return begins and isinstance(over, ast.Call) and len(over.args) == 1


def _any_state(source: Source) -> bool:
    """Tell whether something of an unknown part is loaded, which may be what is missing."""
    calls = [c for c in restores(source) if c.receiver is not None]
    return any(state_part(source, c.receiver, c.scope) == "?" for c in calls if c.receiver)


def _stepped(source: Source) -> set[str]:
    """Return the parts that this file builds and steps."""
    found = set()
    for call in source.called("step"):
        part = role(source, call.receiver, call.scope)
        if part and source.key(call.receiver, call.scope) in source.assignments:
            found.add(part)
    return found
