"""The evaluation loops of a file: a model runs over held-out batches, and nothing goes backward."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from neural_trainer.inspect.lint.course import Action, course_of, within
from neural_trainer.inspect.lint.deeds import gradients_on, is_backward, is_step
from neural_trainer.inspect.lint.roles import MODEL, is_module_class, role
from neural_trainer.inspect.lint.scope import Call, Loop, Scope, taken_from
from neural_trainer.inspect.lint.source import Source

_HELD_OUT = re.compile(
    r"(?:^|[^a-z])(?:val|valid|validation|test|testing|eval|dev|holdout|held_?out)(?![a-z])"
    r"|(?:val|valid|test|eval|dev)_?(?:loader|dl|dataloader|data|iter|batches|set)",
    re.IGNORECASE,
)
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
            found = _forward(source, loop, actions)
            if found is not None:
                owner = found.event.scope
                yield EvaluationLoop(
                    loop, owner, found, _model(source, found), actions[:first], actions
                )


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
    return not made or _BY_MODE.search(source.text) is not None


_BY_MODE = re.compile(
    r"[dD]rop|BatchNorm|InstanceNorm|Transformer|MultiheadAttention|\.training\b|from_pretrained"
    r"|torchvision|timm|hub\.load|torch_geometric|RReLU"
)


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
            if trained & set(around[-1:]) or seen & set(around):
                continue
            if not _is_forward(source, action.call):
                continue
            given = " ".join(ast.unparse(value) for value in action.call.node.args)
            if _PART.search(given) or _SCORE.search(_name_of_result(actions, position)):
                owner, model = action.event.scope, _model(source, action)
                before = actions[:position]
                yield EvaluationLoop(action.call.node, owner, action, model, before, actions)


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


def _forward(source: Source, loop: Loop, actions: list[Action]) -> Action | None:
    """Return the call of the model in a loop over held-out batches, None for another loop."""
    inside = within(actions, loop)
    over = taken_from(loop)
    if over is None or any(is_backward(a) or is_step(source, a) for a in inside):
        return None
    if any("grad" in a.word and a.word not in _GRAD_MODES for a in inside if a.is_call):
        return None
    for action in inside:
        if action.is_call and action.place.loops[-1] is loop and _is_forward(source, action.call):
            scope = action.event.scope
            named = _NAMED_SO.search(scope.name) and not scope.name.startswith("test_")
            if named or any(_HELD_OUT.search(text) for text in _spelled(source, over, scope)):
                return action
    return None


def _spelled(source: Source, over: ast.expr, scope: Scope) -> list[str]:
    """Return how the file spells what a loop runs over, here and in all calls that give it."""
    given = source.passed(scope, over.id) if isinstance(over, ast.Name) else []
    passed = [ast.unparse(value) for value, _ in given]
    held_out = passed and all(_HELD_OUT.search(text) for text in passed)
    return [ast.unparse(over), *(passed if held_out else [])]


_GRAD_MODES = frozenset({"no_grad", "set_grad_enabled", "enable_grad"})


_RUNS = frozenset({"forward", "validation_step", "test_step"})
"""Methods of a module that run it on a batch; the steps are driven by hand."""


def _is_forward(source: Source, call: Call) -> bool:
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


def _model(source: Source, forward: Action) -> str:
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
