"""A part of the model is replaced after the optimizer was built from its parameters.

Look: optimizer = SGD(model.parameters()), and later in the same course of code
model.fc = nn.Linear(...), model.classifier[6] = ..., add_module,
resize_token_embeddings or reset_classifier, or a method of the model that does so;
another model in the place of the
first, also out of a function of this file that builds one.

Reason: the optimizer holds the parameters of the part that is gone. The new one
gets gradients and never moves.

Fix: replace the part first, then build the optimizer; or add_param_group.

Not reported: an optimizer built anew, or told of the new parameters, before
anything else; a part that is no module.

Sources: Humbatova et al. 2020, Taxonomy of Real Faults in Deep Learning
Systems, arXiv 1910.11015; PyTorch documentation, torch.optim.
"""

from __future__ import annotations

import ast

from neural_trainer.inspect.lint.course import Action
from neural_trainer.inspect.lint.deeds import is_backward, is_step, name_of
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.optimizer_builds import Build, builds
from neural_trainer.inspect.lint.roles import MODEL, OPTIMIZER, role
from neural_trainer.inspect.lint.scope import Assignment, Scope
from neural_trainer.inspect.lint.source import Source, shown

ID = "optimizer-before-new-head"
CAUSE = "parameters-not-in-optimizer"
_REPLACES = frozenset(
    {"add_module", "resize_token_embeddings", "reset_classifier", "register_module"}
)


def find(source: Source) -> list[Spot]:
    """Return each optimizer of whose model a part is replaced afterwards."""
    spots: dict[int, Spot] = {}
    for build in builds(source):
        if _told_again(source, build):
            continue
        for position, action in enumerate(build.after):
            same = _same_run(source, build, action)
            part = _replaced(source, action, build.model) if same else ""
            if part and not _built_anew(source, build, position):
                node = build.action.event.node
                saw = (
                    f"{part} is replaced on line {action.event.node.lineno}, and "
                    f"{name_of(build.optimizer)} is built here: it holds the old parameters"
                )
                spots.setdefault(id(node), Spot(node, saw))
    return list(spots.values())


def _same_run(source: Source, build: Build, action: Action) -> bool:
    """Tell whether an action is of the same run of the function that built the optimizer.

    Where a function is called twice, the second run has a model and an optimizer of its own: also
    where others stand between that both end in it.
    """
    via = build.action.via
    for depth, (one, other) in enumerate(zip(via, action.via)):  # noqa: B905
        if one is not other:
            entered = [source.callee(call) for call in via[depth:]]
            owner = build.model.partition(":")[0]  # the function whose variable the model is
            local = any(made is not None and str(made.number) == owner for made in entered)
            return not local and entered[0] is not source.callee(other)
    return True


def _is_own_attribute(source: Source, action: Action, model: str) -> bool:
    """Tell whether a method of a model, called on it, sets an attribute: self.head = ..."""
    number, _, name = action.receiver.partition(":self.")
    calls = [c for c in action.via if not source.key(c.receiver, c.scope).endswith(":self")]
    if not name or not calls or calls[-1].receiver is None:
        return False
    method = source.callee(calls[-1])
    cls = source.method_of(method) if method is not None else None
    own = cls is not None and number in {str(base.number) for base in source.bases(cls)}
    return own and source.key(calls[-1].receiver, calls[-1].scope) == model


def _replaced(source: Source, action: Action, model: str) -> str:
    """Return what an action replaces in a model, "" where it replaces nothing."""
    if action.is_call:
        replaces = action.word in _REPLACES and action.receiver == model
        if action.word == "setattr" and len(action.call.node.args) == 3:
            owner, _, value = action.call.node.args
            own = action.key(source, owner)
            replaces = own == model or own.startswith(f"{model}.")
            replaces = replaces and _learns(source, value, action.call.scope)
        return name_of(model) if replaces else ""
    event = action.event
    assert isinstance(event, Assignment)
    inside = action.receiver.startswith((f"{model}.", f"{model}["))
    inside = inside or _is_own_attribute(source, action, model)
    inside = inside or (action.receiver == model and _is_fresh(source, action, event))
    if inside and event.how == "=" and _learns(source, event.value, event.scope):
        return shown(action.receiver)
    return ""


def _learns(source: Source, value: ast.expr, scope: Scope) -> bool:
    """Tell whether a value is a module or a parameter."""
    name = source.name(value.func, scope) if isinstance(value, ast.Call) else ""
    return name.endswith("nn.Parameter") or role(source, value, scope) == MODEL


def _is_fresh(source: Source, action: Action, event: Assignment) -> bool:
    """Tell whether a model is given another in its place: built anew, not wrapped or moved.

    By torch.nn or a class of this file, or by a function of which one result is so built.
    """
    value, at = event.value, event.scope
    if event.element is not None or not isinstance(value, ast.Call):
        return False
    made = source.defined(value.func, at)
    if made is None or made.is_class:
        built = made is not None or source.name(value.func, at).startswith("torch.nn.")
        return built and action.receiver not in {action.key(source, v) for v in _given(value)}
    for item in made.returns:
        last = source.last_value(item.value, made, item.place)
        result = last.value if last is not None else item.value
        own = isinstance(result, ast.Call) and role(source, result, made) == MODEL
        names = {f"{made.number}:{name}" for name in made.parameters}
        if own and not names & {source.key(v, made) for v in _given(result)}:
            return True
    return False


def _given(built: ast.expr) -> list[ast.expr]:
    """Return what calls are given, and whose methods they are: what they may wrap."""
    found: list[ast.expr] = []
    for node in ast.walk(built):
        if isinstance(node, ast.Call):
            owner = [node.func.value] if isinstance(node.func, ast.Attribute) else []
            given = [*node.args, *(k.value for k in node.keywords), *owner]
            found += [e.value if isinstance(e, ast.Starred) else e for e in given]
    return found


def _built_anew(source: Source, build: Build, position: int) -> bool:
    """Tell whether the optimizer is built anew after a replacement, before it is used again."""
    later = any(
        a.node.lineno > build.line and role(source, a.value, a.scope) == OPTIMIZER
        for a in source.assignments.get(build.optimizer, ())
    )
    used = any(is_backward(a) or is_step(source, a) for a in build.after[position + 1 :])
    return later and not used


def _told_again(source: Source, build: Build) -> bool:
    """Tell whether the optimizer learns of new parameters anywhere in the course."""
    return any(
        action.is_call and action.word == "add_param_group" and action.receiver == build.optimizer
        for action in (*build.before, *build.after)
    )
