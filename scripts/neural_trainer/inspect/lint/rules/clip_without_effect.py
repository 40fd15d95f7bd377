"""Gradients are clipped where no step uses what was clipped.

Look: in one pass of a training loop, clip_grad_norm_ or clip_grad_value_ after
the last step (and before gradients are cleared), or before the backward pass.

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

from neural_trainer.inspect.lint.deeds import is_backward, is_clip, is_step
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.training_loops import TrainingLoop, update_passes

ID = "clip-without-effect"
CAUSE = ""


def find(source: Source) -> list[Spot]:
    """Return each clip that comes after the step or before the backward pass."""
    if not re.search("clip|clamp", source.text):
        return []
    return [spot for loop in update_passes(source) for spot in _of_loop(source, loop)]


def _of_loop(source: Source, loop: TrainingLoop) -> list[Spot]:
    kinds = []  # the order in which a pass goes backward, steps and clips
    for action in loop.actions:
        if is_backward(action):
            kinds.append(("backward", action))
        elif is_step(source, action):
            kinds.append(("step", action))
        elif is_clip(action):
            kinds.append(("clip", action))
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
            line = loop.backwards[0].call.node.lineno
            saw = f"gradients are clipped before the backward pass on line {line} makes them"
            spots.append(Spot(node, saw))
    return spots
