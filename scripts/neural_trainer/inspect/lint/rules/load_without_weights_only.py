"""torch.load may run code from the file: weights_only is off, or left to the version of torch.

Look: torch.load without weights_only, or with weights_only=False, called here or
given to what calls it: map, a pool, the loader= of a dataset, a partial.

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

from collections.abc import Iterator

from neural_trainer.inspect.lint.aliases import call_of_partial
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.settings import all_in_sight, setting, truth
from neural_trainer.inspect.lint.source import Source

ID = "load-without-weights-only"
CAUSE = ""


_LOADS = ("torch.load", "torch.serialization.load")
_CALL_IT = ("map", "imap", "imap_unordered", "starmap", "submit", "apply", "apply_async")


def find(source: Source) -> list[Spot]:
    """Return each torch.load that may run code of the file."""
    spots = []
    for call in source.called("load"):
        if source.called_name(call) not in _LOADS:
            continue
        node = source.partials.get(id(call.node), call.node)
        given = setting(source, call, 99, "weights_only")
        if given is None and all_in_sight(source, call):
            saw = "weights_only is not given: before torch 2.6 this runs what the pickle says"
            spots.append(Spot(node, saw))
        elif given is not None and truth(source, *given) is False:
            spots.append(Spot(node, "weights_only=False: this runs what the pickle says"))
    return spots + list(_handed_on(source))


def _handed_on(source: Source) -> Iterator[Spot]:
    """Yield where torch.load is given to what calls it: map, a pool, the loader= of a dataset."""
    for calls in source.calls.values():
        for call in calls:
            given = [k.value for k in call.node.keywords if k.arg == "loader"]
            given += call.node.args[:1] if call.word in _CALL_IT else []
            for value in given:
                bound = call_of_partial(value)
                function = bound.func if bound is not None else value
                safe = bound is not None and any(
                    k.arg in ("weights_only", None) for k in bound.keywords
                )
                if source.name(function, call.scope) in _LOADS and not safe:
                    saw = "torch.load is called by this without weights_only, which before torch "
                    yield Spot(value, f"{saw}2.6 runs what the pickle says")
