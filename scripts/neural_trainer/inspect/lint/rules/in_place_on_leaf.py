"""A leaf that requires gradients is changed in place while autograd records.

Look: w -= ..., w[i] = ..., w.add_(...), torch.clamp_(w) or out=w outside of
no_grad, where w is made with requires_grad=True, was switched on after it was made
or is a Parameter, by a function of the file and in a list, dict or object as well,
is the weight or bias of a layer that is built here, or runs over
model.parameters() in a course that trains.

Reason: autograd refuses (a leaf Variable that requires grad is being used in an
in-place operation); w = w - ... instead makes a new tensor that is no leaf and
gets no gradient.

Fix: with torch.no_grad(): around the update; better, an optimizer.

Not reported: changes under no_grad or inference_mode, or through .data and
detach(); tensors that were set anew since; functions whose callers are out of
sight.

Sources: PyTorch documentation, Autograd mechanics (in-place operations).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from neural_trainer.inspect.lint.course import Action, course_of
from neural_trainer.inspect.lint.deeds import gradients_on, is_backward
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.leaves import is_leaf, is_made, is_true, turns_on
from neural_trainer.inspect.lint.naming import translated
from neural_trainer.inspect.lint.parts import settled_through
from neural_trainer.inspect.lint.roles import is_module_class
from neural_trainer.inspect.lint.scope import Assignment, Scope
from neural_trainer.inspect.lint.source import Source, shown

ID = "in-place-on-leaf"
CAUSE = ""
_ALLOWED = frozenset({"requires_grad_", "detach_", "share_memory_", "resize_", "set_"})


def find(source: Source) -> list[Spot]:
    """Return each change in place of a leaf that autograd records."""
    if not re.search(r"requires_grad|arameter|\.(?:weight|bias)(?:\.\w+_\(|\[)", source.text):
        return []
    spots: dict[int, Spot] = {}
    for scope in source.scopes:
        if not scope.is_class and scope.events and not source.callers.get(scope.number):
            for spot in _of_course(source, scope):
                spots[id(spot.node)] = spot
    return list(spots.values())


def _of_course(source: Source, scope: Scope) -> Iterator[Spot]:
    actions = course_of(source, scope)
    trains = any(is_backward(action) for action in actions)
    leaves: dict[str, int] = _of_objects(source) if trains or _is_forward(source, scope) else {}
    for action in actions:
        line = action.event.node.lineno
        if action.is_call:
            in_place = action.word.endswith("_") and not action.word.endswith("__")
            if action.word in ("requires_grad_", "detach_"):
                on = action.word == "requires_grad_" and turns_on(action.call.node)
                if on is False:
                    leaves.pop(action.receiver, None)
                elif on and action.receiver and _is_made_here(source, action):
                    leaves[action.receiver] = line
            elif in_place and _is_weight(source, action) and gradients_on(action) is True:
                yield _spot(action, action.receiver, _built_on(source, action))
            elif (
                in_place
                and action.receiver in leaves
                and action.word not in _ALLOWED
                and gradients_on(action) is True
            ):
                yield _spot(action, action.receiver, leaves[action.receiver])
            else:
                key = _written_to(source, action)
                if key in leaves and gradients_on(action) is True:
                    yield _spot(action, key, leaves[key])
            continue
        event = action.event
        assert isinstance(event, Assignment)
        if action.receiver.endswith(".requires_grad"):
            _switch(source, action, event, leaves)
            continue
        base = action.receiver.partition("[")[0]
        changes = event.how not in ("=", "for", "with")
        base = action.receiver if changes and action.receiver in leaves else base
        of_item = isinstance(event.target, ast.Subscript)
        parameter = trains and _runs_over_parameters(source, action, event)
        if event.how == "for" and (parameter or _runs_over_leaves(source, action, event, leaves)):
            leaves[action.receiver] = line
        elif of_item and _is_weight(source, action) and gradients_on(action) is True:
            yield _spot(action, base, _built_on(source, action))
        elif (event.how not in ("=", "for", "with") or of_item) and base in leaves:
            if gradients_on(action) is True:
                yield _spot(action, base, leaves[base])
        elif not of_item:
            leaves.pop(action.receiver, None)
            if _is_leaf(source, event) and action.receiver:
                leaves[action.receiver] = line
            for part in _leaves_in(source, event) if action.receiver else ():
                leaves[f"{action.receiver}[{part}]"] = line


def _switch(source: Source, action: Action, event: Assignment, leaves: dict[str, int]) -> None:
    """Take note of w.requires_grad = True on a tensor that was made anew, and of False."""
    key, owner = action.receiver.removesuffix(".requires_grad"), event.target
    made = isinstance(owner, ast.Attribute) and is_made(source, owner.value, event.scope)
    if is_true(event.value) and made:
        leaves[key] = event.node.lineno
    elif not is_true(event.value):
        leaves.pop(key, None)


def _of_objects(source: Source) -> dict[str, int]:
    """Return the attributes of objects that are leaves and are set once, with their lines."""
    found = {}
    for key, items in source.assignments.items():
        given = [item for item in items if item.how == "="]
        if ":self." in key and len(given) == 1 and _is_leaf(source, given[0]):
            found[key] = given[0].node.lineno
    return found


def _is_forward(source: Source, scope: Scope) -> bool:
    cls = source.method_of(scope)
    return scope.name == "forward" and cls is not None and is_module_class(source, cls)


def _written_to(source: Source, action: Action) -> str:
    """Return the key of what a function of torch changes: of torch.clamp_(w), torch.sub(out=w)."""
    name, call = source.called_name(action.call), action.call
    if not name.startswith("torch.") or name.startswith("torch.nn.init."):
        return ""
    out = call.argument(99, "out")
    in_place = name.endswith("_") and not name.endswith("__")
    return action.key(source, out if out is not None else call.argument(0) if in_place else None)


def _leaves_in(source: Source, event: Assignment) -> Iterator[str]:
    """Yield which items of a list or dict that is written out are leaves, as keys spell them."""
    value = event.value
    if isinstance(value, ast.Dict):
        for key, item in zip(value.keys, value.values, strict=True):
            if isinstance(key, ast.Constant) and _is_leaf(source, event._replace(value=item)):
                yield repr(key.value)
    elif isinstance(value, ast.List):
        items = [_is_leaf(source, event._replace(value=item)) for item in value.elts]
        yield from (str(n) for n, leaf in enumerate(items) if leaf)
        yield from ["*"] if items and all(items) else []
    elif isinstance(value, ast.ListComp) and _is_leaf(source, event._replace(value=value.elt)):
        yield "*"


def _is_weight(source: Source, action: Action) -> bool:
    """Tell whether a change is of the weight or bias of a layer of torch that is built here."""
    owner = _changed(action)
    if not isinstance(owner, ast.Attribute) or owner.attr not in ("weight", "bias"):
        return False
    values = source.values(owner.value, action.event.scope)
    built = len(values) == 1 and isinstance(values[0][0], ast.Call)
    name = source.name(values[0][0].func, values[0][1]) if built else ""  # type: ignore[attr-defined]
    return name.startswith("torch.nn.") and action.word not in _ALLOWED


def _built_on(source: Source, action: Action) -> int:
    owner = _changed(action)
    assert isinstance(owner, ast.Attribute)
    return source.values(owner.value, action.event.scope)[0][0].lineno


def _changed(action: Action) -> ast.expr | None:
    """Return the tensor that is changed: of w.fill_(0), of w[i] = x."""
    if action.is_call:
        return action.call.receiver
    target = getattr(action.event, "target", None)
    return target.value if isinstance(target, ast.Subscript) else None


def _spot(action: Action, key: str, line: int) -> Spot:
    saw = f"{shown(key)} requires gradients (line {line}) and is changed in place here"
    return Spot(action.event.node, saw)


def _is_made_here(source: Source, action: Action) -> bool:
    """Tell whether requires_grad_() is called on a tensor that was made anew."""
    receiver = action.call.receiver
    return receiver is not None and is_made(source, receiver, action.call.scope)


def _runs_over_parameters(source: Source, action: Action, event: Assignment) -> bool:
    """Tell whether a name runs over the parameters of a model that was not frozen."""
    value, element = event.value, event.element
    word = getattr(
        getattr(value, "func", None), "attr", getattr(getattr(value, "func", None), "id", "")
    )
    if word == "zip" and isinstance(value, ast.Call) and element is not None:
        value = value.args[element] if element < len(value.args) else value
        word, element = getattr(getattr(value, "func", None), "attr", ""), None
        owner = value.func.value if isinstance(value, ast.Call) and word == "parameters" else None  # type: ignore[attr-defined]
        if owner is None or _is_frozen(source, action.key(source, owner)):
            return False
    return (word == "parameters" and element is None) or (
        word == "named_parameters" and element == 1
    )


def _runs_over_leaves(
    source: Source, action: Action, event: Assignment, leaves: dict[str, int]
) -> bool:
    """Tell whether a name runs over a list of leaves that is written out: for p, g in zip(...)."""
    over: ast.expr = event.value
    if isinstance(over, ast.Call) and getattr(over.func, "id", "") == "zip":
        if event.element is None or event.element >= len(over.args):
            return False
        over = over.args[event.element]
    elif event.element is not None:
        return False
    if f"{action.key(source, over)}[*]" in leaves:
        return True
    held = settled_through(source, over, action.event.scope)
    if len(held) != 1:
        return False
    items, at = getattr(held[0][0], "elts", []), held[0][1]
    known = [translated(source.key(each, at), action.names) for each in items]
    return bool(items) and all(key in leaves for key in known)


def _is_frozen(source: Source, model: str) -> bool:
    """Tell whether anything in the file turns the gradients of a model off, all at once or one."""
    calls = source.called("requires_grad_", "eval")
    off = any(source.key(c.receiver, c.scope) == model for c in calls)
    return off or "requires_grad = False" in source.text or "requires_grad_(False)" in source.text


def _is_leaf(source: Source, event: Assignment) -> bool:
    """Tell whether an assignment gives a new tensor that requires gradients."""
    return event.how == "=" and is_leaf(source, event.value, event.scope, event.element)
