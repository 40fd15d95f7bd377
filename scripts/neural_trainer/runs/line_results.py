"""Sentences that tell a result over so many samples: `Accuracy of the network on the 10000 test
images: 55 %`, as PyTorch's tutorial prints it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from neural_trainer.runs.line_plans import Plan, Value

_RESULT = re.compile(r"(accuracy|loss|error)(?: \w+)* (?:on|over)(?: the| all)* \0 "
                     r"(train|test|val|eval)\w* \w+: ?\0 ?%?", re.IGNORECASE)  # fmt: skip


def result_of(pieces: Sequence[str]) -> Plan | None:
    """Return what a line tells by the texts around its two numbers, None for another line."""
    found = _RESULT.search("\0".join(pieces)) if len(pieces) == 3 else None
    if found is None:
        return None
    return Plan((), (Value(f"{found[2]} {found[1]}", 1),), known=True, evaluated=True)
