"""The evaluation loops of a file: a model runs over held-out batches, and nothing goes backward."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from neural_trainer.inspect.lint.course import Action, course_of, within
from neural_trainer.inspect.lint.deeds import gradients_on, is_backward, is_step
from neural_trainer.inspect.lint.held_out import drawn_from, is_held_out, is_held_out_part
from neural_trainer.inspect.lint.modes import BY_MODE
from neural_trainer.inspect.lint.parts import settled_through
from neural_trainer.inspect.lint.roles import MODEL, is_module_class, role
from neural_trainer.inspect.lint.scope import Call, Loop, Scope, head_of
from neural_trainer.inspect.lint.source import Source

_NAMED_SO = re.compile(
    r"(?:^|_)(?:eval|evaluate|evaluation|val|valid|validate|validation|test|accuracy)(?:_|$)"
)


class EvaluationLoop(NamedTuple):
    """A loop over held-out batches. before: what its course does before; model: the key."""

    loop: Loop | ast.Call
    scope: Scope
    forward: Action
    model: str
    before: list[Action]
    course: list[Action]

    @property
    def trains(self) -> bool:
        """Tell whether the course that holds it trains the model as well."""
        innermost = {a.place.loops[-1:] for a in self.course if is_backward(a)}
        return any(
            a.is_call
            and a.place.loops[-1:] in innermost
            and self.model == (a.receiver if a.word == "training_step" else a.called)
            for a in self.course
        )


def evaluation_loops(source: Source) -> list[EvaluationLoop]:
    """Return each evaluation loop, once for every course that no other code of the file runs."""
    if "evaluation_loops" not in source.kept:
        source.kept["evaluation_loops"] = list(_find(source))
    found: list[EvaluationLoop] = source.kept["evaluation_loops"]
    return found


def _find(source: Source) -> Iterator[EvaluationLoop]:
    for scope in source.scopes:
        if scope.is_class or not source.reaches(scope, ("eval", "backward", "manual_backward")):
            continue
        if source.callers.get(scope.number):
            continue
        actions = course_of(source, scope)
        loops: dict[Loop, int] = {}
        for position, action in enumerate(actions):
            for loop in action.place.loops:
                loops.setdefault(loop, position)
        for loop, first in loops.items():
            owner = _scope_of(actions, loop)
            runs: dict[str, Action] = {}
            for found in _forwards(source, loop, actions):
                runs.setdefault(model_of(source, found), found)
            for model, found in runs.items():
                if owner is not None:
                    yield EvaluationLoop(loop, owner, found, model, actions[:first], actions)


def mode_matters(source: Source, forward: Action) -> bool:
    """Tell whether train mode can change what a model gives: not where all of it is in sight.

    A model of this file without dropout, batch norm or anything that asks for its mode.
    """
    func = forward.call.node.func
    own_class = source.class_of(func, forward.call.scope)
    if own_class is not None or source.key(func, forward.call.scope).endswith(":self"):
        made = True
    else:
        values = source.values(func, forward.call.scope)
        built = [(v, at) for v, at, index in values if index is None and isinstance(v, ast.Call)]
        names = [(source.name(v.func, at), source.defined(v.func, at)) for v, at in built]
        made = bool(names) and all(
            name.startswith("torch.nn.") or own is not None for name, own in names
        )
        held = settled_through(source, func, forward.call.scope)
        if held and all(_is_of_transforms(source, value, at) for value, at in held):
            return False
    return not made or BY_MODE.search(source.text) is not None


def _is_of_transforms(source: Source, built: ast.expr, scope: Scope) -> bool:
    """Tell whether all that a front end is built of prepares data: it has no mode."""
    calls = [n for n in ast.walk(built) if isinstance(n, ast.Call)]
    names = [source.name(c.func, scope) for c in calls]
    parts = [name for name in names if name and name != "torch.nn.Sequential"]
    return bool(parts) and all(".transforms." in name for name in parts)


def lone_passes(source: Source) -> Iterator[EvaluationLoop]:
    """Yield each forward pass over held-out data at once, under no_grad, with what it stands in.

    Held-out by the names of what is given or of what the result is called.
    """
    off = re.search(r"no_grad|inference_mode", source.text)
    seen = {found.loop for found in evaluation_loops(source)} if off else set()
    for scope in source.scopes if off else ():
        if scope.is_class or source.callers.get(scope.number):
            continue
        if not source.reaches(scope, ("backward", "manual_backward")):
            continue
        actions = course_of(source, scope)
        if not any(is_backward(a) for a in actions):
            continue
        trained = {loop for a in actions if is_backward(a) for loop in a.place.loops[-1:]}
        for position, action in enumerate(actions):
            if not action.is_call or gradients_on(action) is not False:
                continue
            around = action.place.loops
            if seen & set(around) or not is_forward(source, action.call):
                continue
            beside = trained & set(around[-1:])  # a pass over all data at once, or of a target
            scored = not beside and _SCORE.search(_name_of_result(actions, position))
            apart = _is_scoring(action.event.scope)
            if scored or apart or _is_of_held_out(source, action.call.node):
                owner, model = action.event.scope, model_of(source, action)
                before = actions[:position]
                yield EvaluationLoop(action.call.node, owner, action, model, before, actions)


def _is_scoring(scope: Scope) -> bool:
    """Tell whether a function is there to evaluate, by its name: test(model, graph)."""
    return scope.is_function and re.fullmatch(_SCORING, scope.name) is not None


_SCORING = re.compile(r"_?(?:test|eval|evaluate|valid|validate)(?:_(?:model|epoch|step))?")


def _is_of_held_out(source: Source, call: ast.Call) -> bool:
    """Tell whether a model is run on what is held out, or that is taken of what it gives."""
    given = " ".join(ast.unparse(value) for value in call.args)
    return _PART.search(given) is not None or _is_part_taken(source, call)


def _is_part_taken(source: Source, call: ast.Call) -> bool:
    """Tell whether what is held out is taken of what a model gives: model(graph)[test_mask]."""
    if "parents" not in source.kept:
        source.kept["parents"] = {
            id(child): node for node in source.nodes for child in ast.iter_child_nodes(node)
        }
    parents: dict[int, ast.AST] = source.kept["parents"]
    node: ast.AST = call
    around = parents.get(id(call))
    while isinstance(around, (ast.Subscript, ast.Attribute, ast.Call)):
        if isinstance(around, ast.Subscript) and around.value is node:
            return is_held_out_part(around.slice)
        node, around = around, parents.get(id(around))
    return False


_PART = re.compile(
    r"\b\w*(?:_|[xX])(?:va?|val|valid|te|test|dev|held)\b|\[(?:va|val\w*|te|test\w*)\b"
    r"|\b(?:val|valid|validation|test|dev|held_?out)_(?:x|X|inputs?|images?|features?|ids|tokens)\b"
)
_SCORE = re.compile(r"^(?:va?|val|valid|validation|dev|test)(?:_|$)|(?:^|_)acc(?:uracy)?(?:_|$)")


def _name_of_result(actions: list[Action], position: int) -> str:
    """Return the name that is given what a call makes, "" where none is."""
    call = actions[position].call
    for action in actions[position + 1 :]:
        if not action.is_call and action.event.scope is call.scope:
            value = getattr(action.event, "value", None)
            inside = value is not None and any(node is call.node for node in ast.walk(value))
            return action.receiver.rpartition(":")[2] if inside else ""
    return ""


def _forwards(source: Source, loop: Loop, actions: list[Action]) -> list[Action]:
    """Return the calls of models in a loop over held-out batches, [] for another loop."""
    inside = within(actions, loop)
    scope = _scope_of(inside, loop)
    over = drawn_from(source, loop, scope) if scope is not None else None
    if scope is None or over is None:
        return []
    if any(is_backward(a) or is_step(source, a) for a in inside):
        return []
    if any("grad" in a.word and a.word not in _GRAD_MODES for a in inside if a.is_call):
        return []
    named = _NAMED_SO.search(scope.name) and not scope.name.startswith("test_")
    held_out = is_held_out(source, loop, scope)
    found = []
    for action in inside if named or held_out else ():
        if not action.is_call or not is_forward(source, action.call):
            continue
        deeper = action.place.loops[action.place.loops.index(loop) + 1 :]
        if not deeper or (held_out and not _counts(over) and not any(map(_is_batches, deeper))):
            found.append(action)
    return found


def _scope_of(actions: list[Action], loop: Loop) -> Scope | None:
    """Return the function that a loop stands in, which may call another for each pass."""
    return next((a.event.scope for a in actions if loop in a.event.place.loops), None)


def _counts(over: ast.expr) -> bool:
    return isinstance(over, ast.Call) and getattr(over.func, "id", "") == "range"


def _is_batches(loop: Loop) -> bool:
    """Tell whether a loop within another is over batches itself, by its words."""
    return re.search(r"load|batch|_dl\b|data", head_of(loop)) is not None


_GRAD_MODES = frozenset({"no_grad", "set_grad_enabled", "enable_grad"})


_RUNS = frozenset({"forward", "validation_step", "test_step"})
"""Methods of a module that run it on a batch; the steps are driven by hand."""


def is_forward(source: Source, call: Call) -> bool:
    """Tell whether a call runs a model on something: model(x), self.model(x)."""
    func = call.node.func
    if not call.node.args and not call.node.keywords:
        return False
    key = source.key(func, call.scope)
    if key.endswith(":self"):
        return is_module_class(source, source.scopes[int(key.split(":")[0])])
    if isinstance(func, ast.Attribute) and func.attr in _RUNS:
        return role(source, func.value, call.scope) == MODEL
    if not isinstance(func, (ast.Name, ast.Attribute)) or source.name(func, call.scope):
        return False
    if source.defined(func, call.scope) is not None:
        return False
    return role(source, func, call.scope) == MODEL


def model_of(source: Source, forward: Action) -> str:
    """Return the key of the model that a call runs."""
    func = forward.call.node.func
    if isinstance(func, ast.Attribute) and func.attr in _RUNS:
        return forward.key(source, func.value)
    return forward.key(source, func)


def out_of_sight(source: Source, actions: list[Action], model: str) -> bool:
    """Tell whether a course hands a model to code of another file, which may set its mode."""
    for action in actions:
        if not action.is_call or source.callee(action.call) is not None:
            continue
        name = source.called_name(action.call)
        if name.startswith(_WATCHES) or action.word in _HARMLESS or not name:
            continue
        given = [*action.call.node.args, *(k.value for k in action.call.node.keywords)]
        if any(action.key(source, value) == model for value in given):
            return True
    return False


_WATCHES = ("torch.", "neural_trainer.", "wandb.")
"""What looks at a model and leaves its mode as it is."""
_HARMLESS = frozenset({
    "print", "len", "isinstance", "DataParallel", "DistributedDataParallel", "summary", "deepcopy",
    "id", "type", "getattr", "hasattr", "super",
})  # fmt: skip
