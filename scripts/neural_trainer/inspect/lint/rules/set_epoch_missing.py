"""A DistributedSampler is never told the epoch: each epoch repeats the first one's order.

Look: a DistributedSampler that shuffles, built in this file, and a loop over
epochs around the training loop of this file, in which nothing calls set_epoch.

Reason: the sampler seeds its permutation by its seed and the epoch. Without
set_epoch that is the same permutation every time, on every rank: shuffling is
off from the second epoch on.

Fix: train_sampler.set_epoch(epoch), first in each epoch.

Not reported: shuffle=False; a training loop out of sight; Lightning,
Accelerate and Hugging Face trainers, which call it.

Sources: PyTorch documentation, torch.utils.data.distributed.DistributedSampler
(warning: calling set_epoch at the beginning of each epoch is necessary).
"""

from __future__ import annotations

import ast
import re

from neural_trainer.inspect.lint.course import course_of
from neural_trainer.inspect.lint.deeds import is_backward
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.scope import Call, Loop
from neural_trainer.inspect.lint.settings import setting, truth
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.wording import mentions

ID = "set-epoch-missing"
CAUSE = "data-not-shuffled"
_CALLS_IT = re.compile(r"accelerate|lightning|Trainer ?\(")


def find(source: Source) -> list[Spot]:
    """Return the loop over epochs in which a sampler is not told the epoch."""
    samplers = [c for c in source.called("DistributedSampler") if _shuffles(source, c)]
    if not samplers or mentions(source, _CALLS_IT) or _is_told(source, samplers):
        return []
    built = min(c.node.lineno for c in samplers)
    saw = f"the DistributedSampler of line {built} is never told the epoch: no set_epoch"
    loops: dict[Loop, None] = {}
    for scope in source.scopes:
        if scope.is_class or not source.reaches(scope, ("backward",)):
            continue
        for action in course_of(source, scope):
            if is_backward(action) and len(action.place.loops) >= 2:
                loops[action.place.loops[-2]] = None
    return [Spot(loop, saw) for loop in loops]


def _is_told(source: Source, samplers: list[Call]) -> bool:
    """Tell whether set_epoch may be called for one of these samplers, once in each epoch.

    A call outside of any loop tells one epoch alone, where its function is called outside as well.
    """
    for call in source.called("set_epoch"):
        within = call.place.loops or call.scope.is_function
        held = (
            [value for value, _, _ in source.values(call.receiver, call.scope)]
            if call.receiver
            else []
        )
        built = [v for v in held if isinstance(v, ast.Call) and _is_sampler(source, v, call)]
        others = bool(held) and len(built) == len(held)  # samplers of this file, all known
        own = not others or any(v is c.node for v in built for c in samplers)
        if within and own:
            return True
    return False


def _is_sampler(source: Source, value: ast.Call, call: Call) -> bool:
    return any(value is c.node for c in source.called("DistributedSampler"))


def _shuffles(source: Source, call: Call) -> bool:
    if not source.called_name(call).startswith("torch."):
        return False
    given = setting(source, call, 3, "shuffle")
    return given is None or truth(source, *given) is True
