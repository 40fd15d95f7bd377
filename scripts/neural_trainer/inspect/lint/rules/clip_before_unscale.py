"""Gradients are clipped while they are still multiplied by the scale of the GradScaler.

Look: scaler.scale(loss).backward(), then clip_grad_norm_ or clip_grad_value_,
then scaler.step(optimizer), with no scaler.unscale_(optimizer) before the clip;
a clip by hand too: in a function of this file of that name, or each .grad clamped.

Reason: scaled gradients are up to 65536 times too large. The threshold is then
that much too small: every step is clipped to almost nothing once unscaled.

Fix: scaler.unscale_(optimizer) before clipping.

Not reported: a loss that is not scaled; a clip in an arm of a condition that
the scaled pass does not run.

Sources: PyTorch documentation, Automatic Mixed Precision examples (gradient
clipping).
"""

from __future__ import annotations

import re

from neural_trainer.inspect.lint.course import Action, courses
from neural_trainer.inspect.lint.deeds import (
    always_before,
    is_backward,
    is_clip,
    is_scaled,
    is_step,
    stepped_optimizer,
)
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.source import Source

ID = "clip-before-unscale"
CAUSE = "clipping-too-tight"


def find(source: Source) -> list[Spot]:
    """Return each clip of scaled gradients."""
    if not source.called("scale") or not re.search("clip|clamp", source.text):
        return []
    spots = []
    for actions in courses(source, "scale"):
        scaled: Action | None = None
        clip: Action | None = None
        for action in actions:
            if is_backward(action):
                scaled, clip = (action if is_scaled(source, action) else None), None
            elif action.is_call and action.word == "unscale_":
                if scaled is not None and clip is not None:
                    spots.append(_spot(clip, scaled))
                scaled = clip = None
            elif scaled is not None and is_clip(action):
                clip = action if _same_arm(scaled, action) else None
            elif scaled is not None and clip is not None and is_step(source, action):
                if action.receiver != stepped_optimizer(source, action):  # the scaler steps
                    spots.append(_spot(clip, scaled))
                scaled = clip = None
    return spots


def _spot(clip: Action, scaled: Action) -> Spot:
    line = scaled.call.node.lineno
    saw = (
        f"the gradients of line {line} are clipped before unscale_: they are still multiplied by "
        "the scale"
    )
    return Spot(clip.event.node, saw)


def _same_arm(scaled: Action, clip: Action) -> bool:
    """Tell whether the clip runs in a pass that was scaled."""
    arms = dict(scaled.place.branches)
    return always_before(scaled, clip) or all(
        arms.get(node, arm) == arm for node, arm in clip.place.branches
    )
