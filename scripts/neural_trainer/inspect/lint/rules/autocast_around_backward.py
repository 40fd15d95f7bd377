"""The backward pass runs inside of autocast.

Look: .backward() within a block of torch.autocast, torch.amp.autocast or
torch.cuda.amp.autocast, or in a function that one decorates.

Reason: backward operations run in the type that autocast chose for the forward
ones. Under autocast, casts are added to what the backward pass calls: it is not
recommended, slower, and code with custom gradients may compute in the wrong
type.

Fix: end the block after the loss; call backward outside.

Not reported: a block that is switched off by a literal False; a context that
is chosen while the program runs.

Sources: PyTorch documentation, Automatic Mixed Precision package (backward
passes under autocast are not recommended).
"""

from __future__ import annotations

from neural_trainer.inspect.lint.course import courses
from neural_trainer.inspect.lint.deeds import is_backward
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.source import Source

ID = "autocast-around-backward"
CAUSE = ""


def find(source: Source) -> list[Spot]:
    """Return each backward pass under autocast."""
    if "autocast" not in source.text:
        return []
    spots = []
    for actions in courses(source, "backward", "manual_backward"):
        for action in actions:
            if is_backward(action):
                around = [c for c in action.contexts if c.startswith("torch.") and "autocast" in c]
                if around and not around[-1].endswith("(False)"):
                    saw = f"backward runs inside of {around[-1]}, which is for the forward pass"
                    spots.append(Spot(action.call.node, saw))
    return spots
