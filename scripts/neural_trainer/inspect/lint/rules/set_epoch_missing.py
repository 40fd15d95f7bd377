"""A DistributedSampler is never told the epoch: each epoch repeats the first one's order.

Look: a DistributedSampler (or its kind in another library) that shuffles, built
in this file, or a stream of Hugging Face that is shuffled by a buffer, and a loop
over epochs around the training loop of this file, in which nothing calls set_epoch.

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

from neural_trainer.inspect.lint.course import Action, course_of
from neural_trainer.inspect.lint.deeds import is_backward
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.loaders import loader_option, loaders_of, looped_over
from neural_trainer.inspect.lint.parts import Given, made_of
from neural_trainer.inspect.lint.scope import Call, Loop, Place
from neural_trainer.inspect.lint.settings import setting, truth
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.training_loops import training_loops

ID = "set-epoch-missing"
CAUSE = "data-not-shuffled"
_CALLS_IT = re.compile(
    r"^(?:accelerate|(?:pytorch_)?lightning|transformers\.\w*Trainer|composer)\b"
)


def find(source: Source) -> list[Spot]:
    """Return the loop over epochs in which a sampler is not told the epoch."""
    samplers = _trained(source)
    if samplers is None:
        samplers = [c for c in _samplers(source) if _shuffles(source, c)]
    streams = [c for c in source.called("shuffle") if _is_stream(source, c)]
    engine = any(_CALLS_IT.match(name) for s in source.scopes for name in s.imports.values())
    if engine or not (samplers or streams) or _is_told(source, samplers):
        return []
    built = min(c.node.lineno for c in samplers or streams)
    what = samplers[0].word if samplers else "stream that is shuffled"
    saw = f"the {what} of line {built} is never told the epoch: no set_epoch"
    loops: dict[Loop, None] = {}
    for scope in source.scopes:
        if scope.is_class or not source.reaches(scope, ("backward",)):
            continue
        for action in course_of(source, scope):
            if is_backward(action) and len(action.place.loops) >= 2:
                loops[action.place.loops[-2]] = None
    return [Spot(loop, saw) for loop in loops]


def _samplers(source: Source) -> list[Call]:
    """Return the calls that build a sampler which deals a data set out to processes."""
    words = [word for word in source.calls if _SAMPLERS.search(word)]
    return [c for c in source.called(*words) if "." in source.called_name(c).strip(".")]


def _trained(source: Source) -> list[Call] | None:
    """Return the samplers that shuffle what is trained on, None where no loader is in sight."""
    built = {(c.node.lineno, c.node.col_offset): c for c in _samplers(source)}
    found: list[Call] | None = None
    for loop in training_loops(source):
        for each in {each for a in loop.backwards for each in a.place.loops}:
            owners = [a.event.scope for a in loop.actions if each in a.event.place.loops]
            for expr in looped_over(each):
                for call in loaders_of(source, expr, owners[0] if owners else loop.scope):
                    found = found if found is not None else []
                    for value, at in _dealt_by(source, call):
                        place = (getattr(value, "lineno", 0), getattr(value, "col_offset", 0))
                        if place in built and isinstance(value, ast.Call):
                            sampler = built[place]._replace(node=value, scope=at)
                            found += [sampler] if _shuffles(source, sampler) else []
    return found


def _dealt_by(source: Source, loader: Call) -> list[Given]:
    """Return what may be the sampler of a loader: its own, or that of its batch_sampler."""
    own = loader_option(source, loader, "sampler")
    if own is not None:
        return made_of(source, *own)
    batches = loader_option(source, loader, "batch_sampler")
    found = []
    for value, at in made_of(source, *batches) if batches is not None else ():
        call = Call(value, "", Place(), at) if isinstance(value, ast.Call) else None
        inner = call.argument(0, "sampler") if call is not None else None
        found += [(value, at), *(made_of(source, inner, at) if inner is not None else [])]
    return found


def _is_stream(source: Source, call: Call) -> bool:
    """Tell whether a stream of Hugging Face is shuffled: by a buffer, in an order of its own."""
    buffered = any(k.arg == "buffer_size" for k in call.node.keywords)
    return buffered and any(
        name.startswith("datasets.") for s in source.scopes for name in s.imports.values()
    )


_SAMPLERS = re.compile(r"Distributed\w*Sampler$")


def _is_told(source: Source, samplers: list[Call]) -> bool:
    """Tell whether set_epoch may be called for one of these samplers, once in each epoch.

    A call outside of any loop tells one epoch alone, where its function is called outside as well.
    """
    once: dict[int, bool] = {}
    for action in _tellings(source):
        node = id(action.call.node)
        once[node] = once.get(node, True) and not action.place.loops
    for call in source.called("set_epoch"):
        tells_one = once.get(id(call.node), not call.place.loops and not call.scope.is_function)
        if tells_one or _is_of_default(source, call):
            continue
        held = (
            [value for value, _, _ in source.values(call.receiver, call.scope)]
            if call.receiver
            else []
        )
        built = [v for v in held if isinstance(v, ast.Call) and _is_sampler(source, v, call)]
        others = bool(held) and len(built) == len(held)  # samplers of this file, all known
        lines = {c.node.lineno for c in samplers}
        if not others or any(v.lineno in lines for v in built):
            return True
    return False


def _tellings(source: Source) -> list[Action]:
    """Return what calls set_epoch in the courses of programs that train."""
    return [
        action
        for scope in source.scopes
        if not scope.is_class and not source.callers.get(scope.number)
        if source.reaches(scope, ("set_epoch",)) and source.reaches(scope, ("backward",))
        for action in course_of(source, scope)
        if action.is_call and action.word == "set_epoch"
    ]


def _is_of_default(source: Source, call: Call) -> bool:
    """Tell whether set_epoch is of loader.sampler where a batch_sampler deals the batches out."""
    asked = call.receiver
    if not isinstance(asked, ast.Attribute) or asked.attr != "sampler":
        return False
    loaders = loaders_of(source, asked.value, call.scope)
    return bool(loaders) and all(
        loader_option(source, each, "batch_sampler") and not loader_option(source, each, "sampler")
        for each in loaders
    )


def _is_sampler(source: Source, value: ast.Call, call: Call) -> bool:
    return any(value is c.node for c in _samplers(source))


def _shuffles(source: Source, call: Call) -> bool:
    """Tell whether a sampler shuffles: by default, or by what it is told."""
    given = setting(source, call, 3, "shuffle")
    return given is None or truth(source, *given) is True
