"""The backward pass runs inside of autocast.

Look: .backward() within a block of torch.autocast, torch.amp.autocast,
torch.cuda.amp.autocast or the autocast() of an Accelerator or Fabric, entered
by with or an ExitStack, or in a function that one decorates.

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

import re

from neural_trainer.inspect.lint.course import courses
from neural_trainer.inspect.lint.deeds import is_backward
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.source import Source

ID = "autocast-around-backward"
CAUSE = ""
_CASTS = re.compile(r"\??(?:torch\.(?:\w+\.)*|\.)autocast")


def find(source: Source) -> list[Spot]:
    """Return each backward pass under autocast."""
    if "autocast" not in source.text:
        return []
    spots = []
    for actions in courses(source, "backward", "manual_backward"):
        for action in actions:
            if is_backward(action):
                around = [c.lstrip("?") for c in action.contexts if _CASTS.match(c)]
                if around and not around[-1].endswith("(False)"):
                    name = around[-1].lstrip(".")
                    saw = f"backward runs inside of {name}, which is for the forward pass"
                    spots.append(Spot(action.call.node, saw))
    return spots
