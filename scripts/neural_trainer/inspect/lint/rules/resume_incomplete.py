"""Training goes on from a checkpoint, and part of its state stays behind.

Look: a file that trains, loads a checkpoint into the model, and does not load
what it saves for the optimizer, the scheduler or the GradScaler; or loads the
optimizer and not the scheduler that it also steps. A checkpoint that is taken
apart by name, of which a saved state, the epoch or the best score is not used. An
optimizer or scheduler that is built anew after its state was given back.

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
from collections.abc import Iterator

from neural_trainer.inspect.lint.course import Action, course_of, courses
from neural_trainer.inspect.lint.deeds import always_before, is_backward, name_of
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.loaded_states import last_read, read_entries, reads
from neural_trainer.inspect.lint.optimizer_builds import optimizer_calls
from neural_trainer.inspect.lint.parts import settled
from neural_trainer.inspect.lint.roles import MODEL, OPTIMIZER, SCALER, SCHEDULER, role
from neural_trainer.inspect.lint.saved_states import (
    copies_another,
    loaded_parts,
    owner_of,
    restores,
    saved_states,
    state_part,
)
from neural_trainer.inspect.lint.scope import Assignment, Call, Scope, taken_from
from neural_trainer.inspect.lint.source import Source, shown
from neural_trainer.inspect.lint.tables import UNNAMED, Entry
from neural_trainer.inspect.lint.training_loops import training_loops
from neural_trainer.inspect.lint.wording import mentions

ID = "resume-incomplete"
CAUSE = "resume-incomplete"
_ELSEWHERE = re.compile(r"last_epoch|deepspeed")
_LOADS_ALL = ("load_checkpoint", "load_state")
_BEGINS = re.compile(r"__init__|reset|pretrain|best|export", re.IGNORECASE)
"""Functions that load weights to begin with, or to end with."""
_RESUMES = re.compile(r"resum|start_epoch|continue_from", re.IGNORECASE)


def find(source: Source) -> list[Spot]:
    """Return where a checkpoint is loaded in part."""
    loops = training_loops(source) if source.called("load_state_dict") else []
    if not loops:
        return []
    again = list(_lost_again(source))
    if again:
        return again[:1]
    loaded = loaded_parts(source)
    if MODEL not in loaded or mentions(source, _ELSEWHERE) or _out_of_sight(source):
        return []
    if _BEGINS.search(loaded[MODEL].scope.name) and OPTIMIZER not in loaded:
        return []
    if _is_for_others(source, loaded[MODEL].scope):
        return []
    saves = [save for save in saved_states(source) if MODEL in save.parts]
    saved = {part for save in saves for part in save.parts}
    if not (OPTIMIZER in loaded or OPTIMIZER in saved or mentions(source, _RESUMES)):
        return []
    wanted = saved | (_stepped(source) if OPTIMIZER in saved or not saves else set())
    missing = sorted((wanted & {OPTIMIZER, SCHEDULER, SCALER}) - set(loaded))
    if missing:
        what = ", ".join(missing)
        saw = f"the model is loaded to go on with, and the state of the {what} is not"
        saw += _to_the_end(source, loaded[MODEL])
        return [Spot(_last(source, loaded[MODEL], missing), saw)]
    if OPTIMIZER not in loaded or not saves:
        return []
    read = read_entries(source)
    outer = loops[0].backwards[0].place.loops[0]
    counters = {name for save in saves for name in save.counters}
    if counters and not counters & read.names and _from_0(outer):
        saw = f"the checkpoint counts ({', '.join(sorted(counters))}), and this loop begins at 0"
        return [Spot(outer, saw)]
    held = {each[0]: each for save in saves for each in save.held if each[0]}
    unread = [each for name, each in held.items() if name not in (UNNAMED, *read.names)]
    taken = len(set(held) & read.names) >= 2  # the checkpoint is taken apart here, by name
    spots = [_not_given_back(source, each, loaded[MODEL]) for each in unread]
    spots += [_begins_anew(source, each) for each in unread]
    return [spot for spot in spots if spot is not None][:1] if taken and read.in_sight else []


def _lost_again(source: Source) -> Iterator[Spot]:
    """Yield what builds an optimizer, scheduler or model anew whose state was given back before."""
    for actions in courses(source, "load_state_dict"):
        given_back: dict[str, Action] = {}
        for position, action in enumerate(actions):
            loads = action.is_call and action.word == "load_state_dict"
            if loads and not copies_another(action.call.node):
                given_back[action.receiver] = action
            before = given_back.get(action.receiver) if action.word == "=" else None
            if before is None or not always_before(action, before):
                continue
            if any(call.node is getattr(action.event, "value", None) for call in before.via):
                continue  # what builds it gives it its state back
            later = actions[position + 1 :]
            again = any(
                a.is_call and a.receiver == action.receiver and a.word == "load_state_dict"
                for a in later
            )
            if _is_new(source, action) and not again and any(map(is_backward, later)):
                name = name_of(action.receiver)
                line = before.event.node.lineno
                saw = (
                    f"the state that {name} is given back on line {line} is lost: it is built anew"
                )
                yield Spot(action.event.node, saw)


def _is_new(source: Source, action: Action) -> bool:
    """Tell whether a name is given a new object with a state, and none made of what it was."""
    event = action.event
    value = event.value if isinstance(event, Assignment) else None
    if not isinstance(value, ast.Call) or event.element is not None:  # type: ignore[union-attr]
        return False
    made_of = any(action.key(source, n) == action.receiver for n in ast.walk(value) if _is_name(n))  # type: ignore[arg-type]
    return not made_of and role(source, value, event.scope) in (OPTIMIZER, SCHEDULER)


def _is_for_others(source: Source, scope: Scope) -> bool:
    """Tell whether a plain function loads that nothing in this file calls or hands on."""
    plain = scope.is_function and scope.parent is source.module and not source.uses(scope)
    plain = plain and not any(a.word == "backward" for a in course_of(source, scope))
    return plain and not any(
        isinstance(node, ast.Name) and node.id == scope.name for node in source.nodes
    )


def _out_of_sight(source: Source) -> bool:
    """Tell whether code out of sight, or of an unknown part, loads what may be missing."""
    if any(source.callee(call) is None for call in source.called(*_LOADS_ALL)):
        return True
    calls = [c for c in restores(source) if c.receiver is not None]
    return any(state_part(source, c.receiver, c.scope) == "?" for c in calls if c.receiver)


def _not_given_back(source: Source, entry: Entry, loaded: Call) -> Spot | None:
    """Return where the state of an object is left behind: it is saved, and never read."""
    name, value, at = entry
    owner = owner_of(value)
    if owner is value or ast.unparse(value).endswith(".module.state_dict()"):
        return None
    given = [(c.receiver, c.scope) for c in restores(source) if c.receiver is not None]
    given += [each for expr, scope in given for each in settled(source, expr, scope)]
    restored = {source.key(expr, scope) for expr, scope in given}
    key = source.key(owner, at)
    if not key or key in restored:
        return None
    saw = f"the checkpoint holds the state of {shown(key)} ({name}), and it is not given back"
    saw += _to_the_end(source, loaded)
    return Spot(_place(source, loaded, [key]), saw)


def _begins_anew(source: Source, entry: Entry) -> Spot | None:
    """Return where a number that is carried from epoch to epoch begins, though it was saved."""
    name, value, at = entry
    key = source.key(value, at) if isinstance(value, (ast.Name, ast.Attribute)) else ""
    given = source.assignments.get(key, []) if key else []
    first = [a for a in given if not a.place.loops and _is_number(a.value)]
    if len(first) != 1 or not any(_of_itself(a) for a in given if a.place.loops):
        return None
    saw = f"the checkpoint holds {name}, and it begins anew here"
    return Spot(first[0].node, saw)


def _is_number(value: ast.expr) -> bool:
    inner = value.operand if isinstance(value, ast.UnaryOp) else value
    number = isinstance(inner, ast.Constant) and isinstance(inner.value, (int, float))
    return number or ast.unparse(inner) in ("float('inf')", "float('-inf')", "math.inf", "np.inf")


def _of_itself(item: Assignment) -> bool:
    """Tell whether a name is set by what it was: best = max(best, x), n += 1, if x > best."""
    name = ast.unparse(item.target)
    tests = [node.test for node, _ in item.place.branches if isinstance(node, ast.If)]
    parts = [item.value, *tests]
    named = any(ast.unparse(n) == name for p in parts for n in ast.walk(p) if _is_name(n))
    return item.how not in ("=", "for", "with") or named


def _is_name(node: ast.AST) -> bool:
    return isinstance(node, (ast.Name, ast.Attribute))


def _last(source: Source, loaded: Call, missing: list[str]) -> ast.AST:
    """Return the last thing done to restore; an optimizer that is built only then."""
    scope = loaded.scope
    for call in source.called("update"):  # opt.state_dict().update(...) changes a copy
        of = call.receiver
        if call.scope is scope and isinstance(of, ast.Call) and _word(of) == "state_dict":
            return call.node
    keys = [source.key(event.target, scope) for event in _built(source, loaded)]
    return _place(source, loaded, keys if OPTIMIZER in missing else [])


def _place(source: Source, loaded: Call, keys: list[str]) -> ast.AST:
    """Return what builds one of `keys` after all is restored, else the last thing restored."""
    scope = loaded.scope
    beside = [_statement(source, c) for c in restores(source) if c.scope is scope]
    last: ast.expr | ast.stmt = max(beside, key=lambda node: node.lineno)
    line = int(getattr(last, "lineno", 0))
    later = [a for key in keys for a in source.assignments.get(key, ()) if a.scope is scope]
    built = [a.node for a in later if a.node.lineno > line and not a.place.loops]
    if built and len(built) == len(later):
        return built[0]
    for read in reads(source, scope):  # what is taken out next, line by line
        if read.lineno == (getattr(last, "end_lineno", 0) or 0) + 1:
            last = read
    return last


def _statement(source: Source, restored: Call) -> ast.expr | ast.stmt:
    """Return what restores: of a loop over names that are written out, the loop."""
    as_it_stands = any(call.node is restored.node for call in source.called("load_state_dict"))
    loop = restored.place.loops[-1] if not as_it_stands else None
    return loop if isinstance(loop, ast.For) else restored.node


def _to_the_end(source: Source, loaded: Call) -> str:
    """Say where the checkpoint is last read, where that is after all is restored."""
    read = last_read(source, loaded.scope)
    line = int(getattr(read, "lineno", 0))
    after = line > max(c.node.lineno for c in restores(source) if c.scope is loaded.scope)
    return f" (it is read up to line {line})" if after else ""


def _built(source: Source, loaded: Call) -> list[Assignment]:
    """Return what is assigned an optimizer where the model is loaded."""
    nodes = {id(c.node) for c in optimizer_calls(source) if c.scope is loaded.scope}
    return [
        event
        for event in loaded.scope.events
        if isinstance(event, Assignment) and id(event.value) in nodes
    ]


def _word(call: ast.Call) -> str:
    return getattr(call.func, "attr", "")


def _from_0(loop: ast.AST) -> bool:
    over = taken_from(loop)
    begins = isinstance(over, ast.Call) and getattr(over.func, "id", "") in ("range", "trange")
    return begins and isinstance(over, ast.Call) and len(over.args) == 1


def _stepped(source: Source) -> set[str]:
    """Return the parts that this file builds and steps."""
    found = set()
    for call in source.called("step"):
        part = role(source, call.receiver, call.scope)
        if part and source.key(call.receiver, call.scope) in source.assignments:
            found.add(part)
    return found
