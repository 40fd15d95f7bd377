"""Gradients are clipped where no step uses what was clipped.

Look: in one pass of a training loop, clip_grad_norm_ or clip_grad_value_ after
the last step (and before gradients are cleared), or before the backward pass;
the same in a function that makes a whole update. A clip in a hook that an engine
calls after its step, and in optimizer_step after or before the step, in which
Lightning goes backward.

Reason: clipping changes .grad in place. After the step it is too late; before
the backward pass it clips what is about to be cleared or added to. The run is
unprotected while its code says otherwise.

Fix: backward, then clip, then step.

Not reported: a pass with several backward passes and steps, in which the clip
stands between one and another; clipping of anything but gradients.

Sources: PyTorch documentation, torch.nn.utils.clip_grad_norm_ (gradients are
modified in-place).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from neural_trainer.inspect.lint.course import Action, course_of
from neural_trainer.inspect.lint.deeds import (
    CLIPS,
    clears_gradients,
    is_backward,
    is_clip,
    is_step,
)
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.roles import OPTIMIZER, role
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.training_loops import update_passes

ID = "clip-without-effect"
CAUSE = ""


def find(source: Source) -> list[Spot]:
    """Return each clip that comes after the step or before the backward pass."""
    if not re.search("clip|clamp", source.text):
        return []
    spots = [spot for loop in update_passes(source) for spot in _of_pass(source, loop.actions)]
    return [*spots, *_of_whole_updates(source), *_of_engines(source)]


def _of_whole_updates(source: Source) -> Iterator[Spot]:
    """Yield what comes too late or too early in a function that clears, goes backward and steps.

    It makes a whole update each time, whatever its callers do around it.
    """
    for scope in source.scopes:
        if not scope.is_function or not source.reaches(scope, ("backward", "manual_backward")):
            continue
        actions = course_of(source, scope)
        kinds = _kinds(source, actions)
        order = [kind for kind, _ in kinds]
        whole = order.count("step") == order.count("backward") == 1
        if whole and not any(a.place.loops for _, a in kinds):
            backward = actions.index(kinds[order.index("backward")][1])
            if any(clears_gradients(a) for a in actions[:backward]):
                yield from _of_pass(source, actions)


def _of_engines(source: Source) -> Iterator[Spot]:
    """Yield each clip in a hook that an engine calls where no step comes to use it."""
    for call in source.called(*CLIPS):
        scope = call.scope
        cls = scope.parent if scope.is_method else None
        bases = {n.rpartition(".")[2] for n in source.base_names(cls)} if cls is not None else set()
        if not bases & _HAVE_HOOKS:
            continue
        if scope.name in _TOO_LATE:
            saw = f"gradients are clipped in {scope.name}, which runs after the step"
            yield Spot(call.node, saw)
        before = True  # whether the clip is still to come
        for other in scope.calls() if scope.name == "optimizer_step" else ():
            if "closure" in other.word:  # goes backward before the clip
                break
            part = role(source, other.receiver, scope)
            steps = other.word == "optimizer_step" or (other.word == "step" and part == OPTIMIZER)
            before = before and other.node is not call.node
            if steps and not other.place.branches:
                late = "after" if before else "before the backward pass, which runs in"
                saw = f"gradients are clipped {late} the step on line {other.node.lineno}"
                yield Spot(call.node, saw)


_HAVE_HOOKS = frozenset({"LightningModule", "Callback", "TrainerCallback"})
_TOO_LATE = frozenset({
    "on_before_zero_grad", "on_train_batch_end", "on_optimizer_step", "on_step_end",
    "on_zero_grad", "after_step", "after_batch",
})  # fmt: skip
"""Hooks of Lightning, Transformers and fastai between the step and the next backward pass."""


def _kinds(source: Source, actions: list[Action]) -> list[tuple[str, Action]]:
    """Return in which order a pass goes backward, steps and clips."""
    kinds = []
    for action in actions:
        if is_backward(action):
            kinds.append(("backward", action))
        elif is_step(source, action):
            kinds.append(("step", action))
        elif is_clip(action):
            kinds.append(("clip", action))
    return kinds


def _of_pass(source: Source, actions: list[Action]) -> list[Spot]:
    kinds = _kinds(source, actions)
    order = [kind for kind, _ in kinds]
    spots = []
    for position, (kind, action) in enumerate(kinds):
        if kind != "clip":
            continue
        before, after = order[:position], order[position + 1 :]
        node = action.event.node
        late = "step" in before and not {"step", "backward"} & set(after)
        early = not {"step", "backward"} & set(before) and after[:1] == ["backward"]
        if late and "clip" not in before:
            step = next(a for k, a in kinds if k == "step").call.node.lineno
            spots.append(Spot(node, f"gradients are clipped after the step on line {step}"))
        elif early and "step" in after and "clip" not in after[: after.index("step")]:
            line = next(a for k, a in kinds if k == "backward").call.node.lineno
            saw = f"gradients are clipped before the backward pass on line {line} makes them"
            spots.append(Spot(node, saw))
    return spots
