"""The settings that a file of training code states: its optimizer's arguments, clipping, precision.

A setting is told where it is one number by this file, through names, defaults and configs that
stand in it, or the default of torch; one that another file or a command line decides is not.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from neural_trainer.inspect.lint.deeds import is_clip
from neural_trainer.inspect.lint.roles import MODEL, OPTIMIZER, OPTIMIZERS, role
from neural_trainer.inspect.lint.scope import Call
from neural_trainer.inspect.lint.settings import number
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.training_loops import TrainingLoop

# Of torch's optimizers: position and default; a keyword may be given in any order.
_ADAM = {"lr": (1, 1e-3), "epsilon": (3, 1e-8), "weight_decay": (4, 0.0)}
_ARGUMENTS = {
    "Adam": _ADAM,
    "AdamW": {**_ADAM, "weight_decay": (4, 1e-2)},
    "NAdam": {**_ADAM, "lr": (1, 2e-3)},
    "RAdam": _ADAM,
    "SGD": {"lr": (1, 1e-3), "weight_decay": (4, 0.0)},
    "RMSprop": {"lr": (1, 1e-2), "weight_decay": (4, 0.0)},
}
_KEYWORDS = {"epsilon": "eps"}
_DECAYS = re.compile(r"decay|\bl2|mul_\(|pow\(2\)|\*\* ?2", re.IGNORECASE)  # by other means
_MAY_BE_HALF = re.compile(
    r"(?<!b)float16|fp16|half\b|GradScaler|autocast|precision|amp\b", re.IGNORECASE
)


class Stated(NamedTuple):
    """One setting, and where it stands. value: None where it is turned off or not there."""

    name: str
    value: float | str | None
    node: ast.AST


def stated_settings(source: Source, loops: list[TrainingLoop]) -> Iterator[Stated]:
    """Yield the settings that a file states; `loops` are its training loops."""
    yield from _of_optimizers(source)
    yield from _of_clipping(source, loops)
    if loops:
        yield from _precision(source, loops[0])


def _of_optimizers(source: Source) -> Iterator[Stated]:
    words = [word for word in source.calls if OPTIMIZERS.fullmatch(word)]
    for call in source.called(*words):
        if role(source, call.node, call.scope) != OPTIMIZER:
            continue
        yield Stated("optimizer", call.word, call.node)
        open_ended = any(k.arg is None for k in call.node.keywords)
        for name, (position, default) in _ARGUMENTS.get(call.word, {}).items():
            given = call.argument(position, _KEYWORDS.get(name, name))
            elsewhere = name == "weight_decay" and _DECAYS.search(source.text)
            if given is None and not (open_ended or _in_groups(call) or elsewhere):
                yield Stated(name, default, call.node)
            elif given is not None:
                value = number(source, given, call.scope)
                if value is not None:
                    yield Stated(name, value, given)


def _in_groups(call: Call) -> bool:
    """Tell whether an optimizer is given groups, which may have settings of their own."""
    first = call.argument(0, "params")
    return not (isinstance(first, ast.Call) and isinstance(first.func, ast.Attribute))


def _of_clipping(source: Source, loops: list[TrainingLoop]) -> Iterator[Stated]:
    for loop in loops:
        clips = [action for action in loop.actions if "clip" in action.word.lower()]
        if not clips:
            seen = not any(loop.out_of_sight(source, loop.optimizer(source, s)) for s in loop.steps)
            if seen and "clip" not in source.text.lower():
                yield Stated("clip_norm", None, loop.loop)
            continue
        for action in clips:
            if is_clip(action) and action.word != "clip_grad_value_":
                given = action.call.argument(1, "max_norm")
                value = number(source, given, action.event.scope) if given else None
                if value is not None:
                    yield Stated("clip_norm", value, action.call.node)


def _precision(source: Source, loop: TrainingLoop) -> Iterator[Stated]:
    if not _MAY_BE_HALF.search(source.text):
        yield Stated("precision", "fp32", loop.loop)
        return
    for call in source.called("GradScaler", "half"):
        module = call.word == "half" and role(source, call.receiver, call.scope) == MODEL
        given = {k.arg: k.value for k in call.node.keywords}
        on = given.get("enabled", ast.Constant(True))
        scaled = call.word == "GradScaler" and isinstance(on, ast.Constant) and bool(on.value)
        if module or scaled:
            yield Stated("precision", "fp16", call.node)
            return
