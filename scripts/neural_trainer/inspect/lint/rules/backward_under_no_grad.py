"""A loss that was computed under no_grad goes backward.

Look: .backward() of a loss that was computed under torch.no_grad(),
torch.inference_mode() or set_grad_enabled(False), as a block or a decorator, in
the same function, or switched by a flag that is off wherever the loss goes
backward. A function under such a decorator that the forward pass of a
model of this file goes through, with a layer that is built here.

Reason: nothing was recorded there: backward raises, or, where the loss was made
to require a gradient by hand, reaches no weight.

Fix: compute the loss outside of the block; keep no_grad for evaluation.

Not reported: a backward pass alone under no_grad, of a loss computed outside,
which works; a mode that is chosen while the program runs; a block of
enable_grad inside; parts that are frozen, loaded or named as targets.

Sources: PyTorch documentation, torch.no_grad; Autograd mechanics (locally
disabling gradient computation).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from neural_trainer.inspect.lint.conditions import implied
from neural_trainer.inspect.lint.contexts import (
    context_name,
    entered_by_decorators,
    names_of,
)
from neural_trainer.inspect.lint.course import Action, courses
from neural_trainer.inspect.lint.deeds import gradients_on, is_backward, loss_of
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.layers_with_parameters import has_parameters
from neural_trainer.inspect.lint.roles import is_module_class
from neural_trainer.inspect.lint.scope import Call, Scope, bound_arguments
from neural_trainer.inspect.lint.settings import truth
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.training_loops import training_loops
from neural_trainer.inspect.lint.wording import mentions

ID = "backward-under-no-grad"
CAUSE = "graph-detached"


def find(source: Source) -> list[Spot]:
    """Return each backward pass of a loss that was computed under no_grad."""
    if not any(word in source.text for word in ("no_grad", "inference_mode", "set_grad_enabled")):
        return []
    spots = []
    for actions in courses(source, "backward", "manual_backward"):
        for position, action in enumerate(actions):
            if not is_backward(action):
                continue
            made, line = _made(source, actions[:position], action)
            if made is False and not _is_chosen(action):
                saw = f"this loss was computed on line {line} without gradients to go back through"
                spots.append(Spot(action.call.node, saw))
    return [*spots, *_of_forward(source), *_left_off(source)]


def _of_forward(source: Source) -> Iterator[Spot]:
    """Yield what switches gradients off for a part of a model that its forward pass goes through.

    A function under a decorator: of another module that is given, or of the model itself.
    """
    if not training_loops(source) or mentions(source, _FREEZES):
        return
    for cls in source.scopes:
        forward = cls.inner.get("forward") if cls.is_class else None
        if forward is None or not is_module_class(source, cls):
            continue
        alone = {id(n.value) for n in ast.walk(forward.node) if isinstance(n, ast.Expr)}
        for call in forward.calls():
            function = source.callee(call)
            if function is None or not function.is_function or id(call.node) in alone:
                continue
            at = function.parent or function
            off = [d for d in function.decorators if _switches_off(source, d, at)]
            part = _part_run(source, cls, function, call) if off else ""
            if part and not _FIXED.search(f"{function.name} {part}"):
                saw = (
                    f"{function.name} runs self.{part} without gradients, and forward goes through "
                    f"it on line {call.node.lineno}: self.{part} never learns"
                )
                yield Spot(off[0], saw)


def _switches_off(source: Source, decorator: ast.expr, scope: Scope) -> bool:
    name = context_name(source, decorator, scope)
    return name in ("torch.no_grad", "torch.inference_mode")


def _part_run(source: Source, cls: Scope, function: Scope, call: Call) -> str:
    """Return the attribute with parameters that a function runs as it is called, "" of none."""
    run = {source.key(c.node.func, function): c for c in function.calls()}
    given = {
        f"{function.number}:{name}": source.key(value, call.scope)
        for name, value in bound_arguments(function, call).items()
    }
    for key in run:
        owner = given.get(key, key)
        name = owner.partition(":self.")[2]
        built = source.assignments.get(owner, []) if owner == f"{cls.number}:self.{name}" else []
        made = built[0].value if len(built) == 1 else None
        if isinstance(made, ast.Call) and has_parameters(source, made, built[0].scope):
            return name
    return ""


_FREEZES = re.compile(r"requires_grad|freeze|from_pretrained|load_state_dict")
_FIXED = re.compile(r"teacher|target|ema|momentum|key|frozen|pretrain|ref_|quanti", re.I)


_WORKED_OUT = (ast.Call, ast.BinOp, ast.UnaryOp)


def _left_off(source: Source) -> Iterator[Spot]:
    """Yield each backward pass of a loop in which gradients are switched off for good."""
    calls = source.called("set_grad_enabled")
    off = [c for c in calls if truth(source, c.argument(0, "mode"), c.scope) is False]
    contexts = {id(each) for c in calls for each in c.place.withs}
    used = any(c.node in scope.decorators for c in calls for scope in source.scopes)
    items = {id(i.context_expr) for n in source.nodes if isinstance(n, ast.With) for i in n.items}
    if (
        not off
        or len(off) != len(calls)
        or used
        or any(id(c.node) in items | contexts for c in off)
    ):
        return
    for actions in courses(source, "backward", "manual_backward"):
        switched = [a for a in actions if a.is_call and a.call.node is off[0].node]
        for action in actions:
            around = [a for a in switched if set(a.place.loops) & set(action.place.loops)]
            if is_backward(action) and around and not around[0].place.branches:
                saw = f"line {off[0].node.lineno} switches gradients off, and nothing on again"
                yield Spot(action.call.node, saw)


def _is_chosen(backward: Action) -> bool:
    """Tell whether a caller has switched gradients off, and a condition may skip the pass then."""
    own = backward.event.place
    inside = len(own.withs) < len(backward.place.withs) or len(backward.contexts) > len(own.withs)
    return inside and bool(own.branches)


def _made(source: Source, before: list[Action], backward: Action) -> tuple[bool | None, int]:
    """Return whether gradients were recorded when the loss was computed, and in which line."""
    loss = loss_of(backward)
    if isinstance(loss, ast.Call):  # computed in the very expression
        on = False if _flag_is_off(source, backward, backward) else gradients_on(backward)
        return on, backward.call.node.lineno
    key = backward.key(source, loss)
    given = [a for a in before if not a.is_call and a.word == "=" and key and a.receiver == key]
    if not given or not isinstance(getattr(given[-1].event, "value", None), _WORKED_OUT):
        return None, 0
    off = _flag_is_off(source, given[-1], backward) or _made_by_decorated(source, given[-1])
    return False if off else gradients_on(given[-1]), given[-1].event.node.lineno


def _made_by_decorated(source: Source, computed: Action) -> bool:
    """Tell whether a loss, or the prediction that it is of, was made without gradients."""
    scope, value = computed.event.scope, getattr(computed.event, "value", None)
    for _ in range(2):
        if isinstance(value, ast.Name):
            last = source.last_value(value, scope, computed.event.place)
            value = last.value if last is not None and last.element is None else None
        if not isinstance(value, ast.Call):
            return False
        made = source.defined(value.func, scope)
        cls = source.class_of(value.func, scope) if made is None else None
        function = source.method(cls, "forward") if cls is not None else made
        if function is not None and function.is_function:
            names = names_of(entered_by_decorators(source, function))
            return bool(_OFF & set(names)) or _gives_back_in_block(source, function)
        if not source.name(value.func, scope).startswith("torch.nn.functional."):
            return False
        value = value.args[0] if value.args else None
    return False


_OFF = {"torch.no_grad", "torch.inference_mode"}


def _gives_back_in_block(source: Source, function: Scope) -> bool:
    """Tell whether all that a function gives back is worked out in the block that it leaves."""
    return bool(function.returns) and all(
        isinstance(item.value, _WORKED_OUT)
        and any(context_name(source, each, function) in _OFF for each in item.place.withs)
        for item in function.returns
    )


def _flag_is_off(source: Source, computed: Action, backward: Action) -> bool:
    """Tell whether set_grad_enabled(flag) is off whenever a branch goes backward."""
    scope = computed.event.scope
    for context in computed.event.place.withs if scope is backward.event.scope else ():
        call = context if isinstance(context, ast.Call) else None
        if call is None or source.name(call.func, scope) != "torch.set_grad_enabled":
            continue
        flag = next(iter([*call.args, *(k.value for k in call.keywords)]), None)
        if flag is not None and implied(source, flag, scope, backward.event.place) is False:
            return True
    return False
