"""torch.load may run code from the file: weights_only is off, or left to the version of torch.

Look: torch.load without weights_only, or with weights_only=False.

Reason: a checkpoint is a pickle, and unpickling runs what the file says. Only
weights_only=True refuses all but tensors and plain types. It is the default
from torch 2.6 on, and not before.

Fix: torch.load(path, weights_only=True); torch.serialization.safe_globals for
classes of your own.

Not reported: options that come from elsewhere (**options, a variable); load of
another module.

Sources: PyTorch documentation, torch.load (warning on pickle; weights_only);
torchfix TOR102.
"""

from __future__ import annotations

from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.settings import all_in_sight, setting, truth
from neural_trainer.inspect.lint.source import Source

ID = "load-without-weights-only"
CAUSE = ""


def find(source: Source) -> list[Spot]:
    """Return each torch.load that may run code of the file."""
    spots = []
    for call in source.called("load"):
        if source.called_name(call) not in ("torch.load", "torch.serialization.load"):
            continue
        given = setting(source, call, 99, "weights_only")
        if given is None and all_in_sight(source, call):
            saw = "weights_only is not given: before torch 2.6 this runs what the pickle says"
            spots.append(Spot(call.node, saw))
        elif given is not None and truth(source, *given) is False:
            spots.append(Spot(call.node, "weights_only=False: this runs what the pickle says"))
    return spots
