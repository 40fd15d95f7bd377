"""Parts of a model that run without gradients alone, though an optimizer holds their parameters."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from neural_trainer.inspect.lint.course import Action, course_of
from neural_trainer.inspect.lint.deeds import gradients_on
from neural_trainer.inspect.lint.layers_with_parameters import has_parameters
from neural_trainer.inspect.lint.optimizer_builds import optimizer_calls
from neural_trainer.inspect.lint.scope import Scope
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.training_loops import training_loops


def parts_without_gradients(source: Source) -> Iterator[tuple[ast.AST, str]]:
    """Yield what switches gradients off around all runs of a part, and the part.

    In forward and what it calls, of a model whose parameters() an optimizer is given whole.
    """
    whole = {
        cls.number
        for call in (optimizer_calls(source) if training_loops(source) else ())
        for node in ast.walk(call.node)
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "parameters"
        if (cls := source.class_of(node.func.value, call.scope)) is not None  # type: ignore[attr-defined]
    }
    for cls in (source.scopes[number] for number in sorted(whole)):
        forward = source.method(cls, "forward")
        runs: dict[str, list[Action]] = {}
        for action in course_of(source, forward) if forward is not None else ():
            name = action.called.partition(f"{cls.number}:self.")[2] if action.is_call else ""
            if re.fullmatch(r"\w+", name):
                runs.setdefault(name, []).append(action)
        for name, actions in runs.items():
            off = _switched_off_by(actions)
            if off is not None and _is_learnt(source, cls, name):
                yield off, name


def _switched_off_by(actions: list[Action]) -> ast.AST | None:
    """Return the `with` or decorator under which all of some actions run without gradients."""
    if any(gradients_on(action) is not False for action in actions):
        return None
    for action in actions:
        place, scope = action.event.place, action.event.scope
        for node in (*place.withs, *scope.decorators):
            if re.search(r"no_grad|inference_mode", ast.unparse(node)):
                return node
    return None


def _is_learnt(source: Source, cls: Scope, name: str) -> bool:
    """Tell whether an attribute is a module with parameters that nothing says are to stay."""
    if _TO_STAY.search(name) or re.search(rf"\b{name}\.(?:eval|requires_grad_)\(", source.text):
        return False
    if re.search(rf"\b{name}\.(?:named_)?parameters\(|requires_grad ?= ?False", source.text):
        return False
    given = source.assignments.get(f"{cls.number}:self.{name}", [])
    made = given[0].value if len(given) == 1 else None
    loaded = made is not None and re.search(
        r"from_pretrained\(|torchvision|weights=", ast.unparse(made)
    )
    return made is not None and bool(loaded or has_parameters(source, made, given[0].scope))


_TO_STAY = re.compile(
    r"teacher|target|ema|momentum|frozen|vgg|lpips|clip|vae|fixed|ref|extract|key|codebook", re.I
)
"""What parts are called that are run without gradients on purpose."""
