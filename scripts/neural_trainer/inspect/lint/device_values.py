"""What a training loop holds on the device: losses, outputs, and what is worked out from these."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from neural_trainer.inspect.lint.course import Action
from neural_trainer.inspect.lint.deeds import gradients_on
from neural_trainer.inspect.lint.roles import MODEL, role
from neural_trainer.inspect.lint.source import Source

FETCHES = frozenset({"item", "tolist", "cpu"})
_NOT_ITS_VALUES = FETCHES | {
    "numpy", "size", "dim", "numel", "shape", "device", "dtype", "ndim", "backward", "get_device",
    "type", "training", "grad_fn",
}  # fmt: skip
"""What asks a tensor for something that is on the host, or for no value."""
_TO_HOST = frozenset({"len", "isinstance", "float", "int", "bool", "range"})
_SAME = re.compile(r"(?:\.(?:detach|clone|mean|sum|squeeze|float)\(\)|\.data)+$")
"""What a tensor is called where it is handed on: loss.detach()."""


class DeviceValues:
    """The names that are known to hold tensors of the device, as a course is gone through.

    outputs: whether what a model gives is one of them, besides losses.
    """

    def __init__(self, source: Source, losses: set[str], outputs: bool) -> None:
        self.source, self.outputs = source, outputs
        self.known = set(losses)
        """Keys in terms of the course."""
        self.own: set[str] = set()
        """Keys in terms of the function that has them, for what it returns."""

    def learn(self, action: Action) -> None:
        """Take note of what an assignment gives a name."""
        if action.is_call:
            return
        value, element = action.event.value, action.event.element  # type: ignore[union-attr]
        over_rest = action.word == "for" and self._rest_holds(action)
        made = action.word == "=" and self.reads(action, value, element)
        if over_rest or made or action.receiver in self.known:
            self.known |= {action.receiver} - {""}
            target = action.event.target  # type: ignore[union-attr]
            self.own |= {self.source.key(target, action.event.scope)} - {""}

    def reads(self, action: Action, expr: ast.expr, element: int | None = None) -> bool:
        """Tell whether an expression is worked out from a tensor of the device."""
        if isinstance(expr, ast.Tuple) and element is not None and element < len(expr.elts):
            expr = expr.elts[element]
        for node in _values_in(expr):
            if isinstance(node, ast.Call):
                if self._gives(action, node, element if node is expr else None):
                    return True
            elif _SAME.sub("", action.key(self.source, node)) in self.known:
                return True
        return False

    def _gives(self, action: Action, call: ast.Call, element: int | None) -> bool:
        """Tell whether a call gives a tensor of the device: of a model, or of a function here."""
        scope = action.event.scope
        if getattr(call.func, "attr", "") in ("clip_grad_norm_", "clip_grad_norm"):
            return True
        runs = self.outputs and gradients_on(action) is not False  # else it evaluates
        if runs and role(self.source, call.func, scope) == MODEL:
            return True
        made = self.source.defined(call.func, scope)
        for item in made.returns if made is not None and made.is_function else ():
            value = item.value
            if element is not None and isinstance(value, ast.Tuple):
                value = value.elts[element] if element < len(value.elts) else value
            keys = {self.source.key(each, made) for each in _values_in(value)}  # type: ignore[arg-type]
            if keys & self.own:
                return True
        return False

    def _rest_holds(self, action: Action) -> bool:
        """Tell whether a loop goes over **rest, and the call gives it a tensor of the device."""
        args = getattr(action.event.scope.node, "args", None)
        rest = args.kwarg.arg if args is not None and args.kwarg is not None else ""
        over = action.event.value  # type: ignore[union-attr]
        asked = over.func if isinstance(over, ast.Call) else None
        word = getattr(asked, "attr", "")
        of_rest = isinstance(asked, ast.Attribute) and getattr(asked.value, "id", "") == rest
        second = action.event.element == 1 or word == "values"  # type: ignore[union-attr]
        if not rest or not of_rest or word not in ("items", "values") or not second:
            return False
        given = action.via[-1].node.keywords if action.via else []
        outside = action._replace(event=action.via[-1]) if action.via else action
        return any(
            self.source.key(each, outside.event.scope) in self.known | self.own
            for item in given
            for each in _values_in(item.value)
        )


def _values_in(expr: ast.AST) -> Iterator[ast.expr]:
    """Yield the names and calls whose values are in an expression: no x.shape, no len(x)."""
    if isinstance(expr, (ast.Lambda, ast.JoinedStr)):
        return
    if isinstance(expr, (ast.Name, ast.Attribute, ast.Call)):
        asked = expr.func if isinstance(expr, ast.Call) else expr
        if getattr(asked, "attr", "") in _NOT_ITS_VALUES or getattr(asked, "id", "") in _TO_HOST:
            return
        yield expr
    for child in ast.iter_child_nodes(expr):
        yield from _values_in(child)
