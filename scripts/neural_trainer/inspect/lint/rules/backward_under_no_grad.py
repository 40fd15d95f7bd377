"""A loss that was computed under no_grad goes backward.

Look: .backward() of a loss that was computed under torch.no_grad(),
torch.inference_mode() or set_grad_enabled(False), as a block or a decorator, in
the same function.

Reason: nothing was recorded there: backward raises, or, where the loss was made
to require a gradient by hand, reaches no weight.

Fix: compute the loss outside of the block; keep no_grad for evaluation.

Not reported: a backward pass alone under no_grad, of a loss computed outside,
which works; a mode that is chosen while the program runs; a block of
enable_grad inside.

Sources: PyTorch documentation, torch.no_grad; Autograd mechanics (locally
disabling gradient computation).
"""

from __future__ import annotations

import ast

from neural_trainer.inspect.lint.course import Action, courses
from neural_trainer.inspect.lint.deeds import gradients_on, is_backward, loss_of
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.source import Source

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
    return spots


def _is_chosen(backward: Action) -> bool:
    """Tell whether a caller has switched gradients off, and a condition may skip the pass then."""
    own = backward.event.place
    inside = len(own.withs) < len(backward.place.withs) or len(backward.contexts) > len(own.withs)
    return inside and bool(own.branches)


def _made(source: Source, before: list[Action], backward: Action) -> tuple[bool | None, int]:
    """Return whether gradients were recorded when the loss was computed, and in which line."""
    loss = loss_of(backward)
    if isinstance(loss, ast.Call):  # computed in the very expression
        return gradients_on(backward), backward.call.node.lineno
    key = backward.key(source, loss)
    given = [a for a in before if not a.is_call and a.word == "=" and key and a.receiver == key]
    if not given or not isinstance(getattr(given[-1].event, "value", None), (ast.Call, ast.BinOp)):
        return None, 0
    return gradients_on(given[-1]), given[-1].event.node.lineno
