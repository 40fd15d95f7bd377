"""Every parameter of a model is frozen, and the model is trained.

Look: requires_grad = False on all of model.parameters(), or
model.requires_grad_(False), in a course that trains this model, where nothing
turns a parameter on again and no part is replaced by a new one.

Reason: no parameter gets a gradient: backward raises, or only other modules
learn.

Fix: freeze the part that is meant (model.backbone.parameters()), or replace the
head after freezing.

Not reported: a condition on the name of the parameter; a model that is not what
the optimizer was built from; adapters and heads that other code puts in.

Sources: PyTorch documentation, Autograd mechanics (setting requires_grad);
Transfer Learning tutorial.
"""

from __future__ import annotations

import re

from neural_trainer.inspect.lint.course import Action
from neural_trainer.inspect.lint.deeds import is_backward, name_of
from neural_trainer.inspect.lint.evaluation_loops import out_of_sight
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.optimizer_builds import Build, builds
from neural_trainer.inspect.lint.scope import Assignment
from neural_trainer.inspect.lint.settings import truth
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.wording import mentions

ID = "parameters-frozen"
CAUSE = "parameters-frozen"
_ON_AGAIN = re.compile(
    r"requires_grad ?= ?True|requires_grad_ ?\( ?(?:True)? ?\)|unfreeze|[pP]eft|lora", re.I
)


def find(source: Source) -> list[Spot]:
    """Return where all of a model that is trained is frozen."""
    if "requires_grad" not in source.text or mentions(source, _ON_AGAIN):
        return []
    spots: dict[int, Spot] = {}
    for build in builds(source):
        for position, action in enumerate(build.before):
            if _freezes(source, action, build.model) and not _renewed(source, build, position):
                saw = (
                    f"all parameters of {name_of(build.model)} are frozen, and "
                    f"{name_of(build.optimizer)} is built from them on line {build.line}"
                )
                spots[id(action.event.node)] = Spot(action.event.node, saw)
        if any(is_backward(a) for a in build.after):
            for position, action in enumerate(build.after):
                trains = any(is_backward(a) for a in build.after[position:])
                if trains and _freezes(source, action, build.model):
                    saw = f"all parameters of {name_of(build.model)} are frozen before it trains"
                    spots[id(action.event.node)] = Spot(action.event.node, saw)
    return list(spots.values())


def _freezes(source: Source, action: Action, model: str) -> bool:
    """Tell whether an action turns off all parameters of `model`, under no condition."""
    if action.is_call:
        off = action.word == "requires_grad_" and action.receiver == model
        given = action.call.argument(0, "requires_grad")
        return (
            off and not action.place.branches and truth(source, given, action.call.scope) is False
        )
    event = action.event
    assert isinstance(event, Assignment)
    target = event.target
    if getattr(target, "attr", "") != "requires_grad" or event.place.branches:
        return False
    if truth(source, event.value, event.scope) is not False or not event.place.loops:
        return False
    over = getattr(event.place.loops[-1], "iter", None)
    word = getattr(getattr(over, "func", None), "attr", "")
    if word not in ("parameters", "named_parameters"):
        return False
    return action.key(source, over.func.value) == model  # type: ignore[union-attr]


def _renewed(source: Source, build: Build, position: int) -> bool:
    """Tell whether parts of the model are new since it was frozen, or may be."""
    later = build.before[position + 1 :]
    inside = (f"{build.model}.", f"{build.model}[")
    replaced = any(not a.is_call and a.receiver.startswith(inside) for a in later)
    same = any(not a.is_call and a.receiver == build.model for a in later)
    added = any(a.is_call and a.word in ("add_module", "reset_classifier") for a in later)
    return replaced or same or added or out_of_sight(source, later, build.model)
