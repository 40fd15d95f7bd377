"""A DataLoader is given both a sampler and the option that the sampler replaces.

Look: DataLoader(..., shuffle=True, sampler=...) with a sampler that is built in
this file, or batch_sampler together with batch_size, shuffle, sampler or
drop_last.

Reason: both say which items come in which order. DataLoader raises ValueError
when it is built.

Fix: drop shuffle=True where there is a sampler; a sampler says its own order.

Not reported: a sampler that may be None; shuffle worked out from it, as in
shuffle=sampler is None.

Sources: PyTorch documentation, torch.utils.data.DataLoader (sampler,
batch_sampler: mutually exclusive).
"""

from __future__ import annotations

import ast

from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.loaders import loader_calls, loader_option
from neural_trainer.inspect.lint.scope import Call
from neural_trainer.inspect.lint.settings import number, truth
from neural_trainer.inspect.lint.source import Source

ID = "shuffle-with-sampler"
CAUSE = ""


def find(source: Source) -> list[Spot]:
    """Return each DataLoader that has options which exclude each other."""
    spots = []
    for call in loader_calls(source):
        shuffled = loader_option(source, call, "shuffle")
        on = shuffled is not None and truth(source, *shuffled) is True
        if on and _is_built(source, call, "sampler"):
            spots.append(Spot(call.node, "shuffle=True beside a sampler: DataLoader refuses both"))
        elif _is_built(source, call, "batch_sampler"):
            other = next(
                (n for n in ("shuffle", "drop_last") if _is_on(source, call, n)),
                "sampler" if _is_built(source, call, "sampler") else "",
            )
            size = loader_option(source, call, "batch_size")
            several = size is not None and number(source, *size) not in (None, 1.0)
            if other or several:
                saw = f"{other or 'batch_size'} beside a batch_sampler: DataLoader refuses both"
                spots.append(Spot(call.node, saw))
    return spots


def _is_on(source: Source, call: Call, name: str) -> bool:
    given = loader_option(source, call, name)
    return given is not None and truth(source, *given) is True


def _is_built(source: Source, call: Call, name: str) -> bool:
    """Tell whether an option is an object made by a call, whatever the way through the code."""
    given = loader_option(source, call, name)
    if given is None:
        return False
    expr, scope = given
    if isinstance(expr, ast.Call):
        return True
    values = [value for value, _, _ in source.values(expr, scope)]
    return bool(values) and all(isinstance(value, ast.Call) for value in values)
