"""Why launch ends a run, and how a launch has ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from signal import Signals
from typing import Any, NamedTuple

import numpy as np

from neural_trainer.live.launch.caps import Spent
from neural_trainer.runs.run import Run


class Stop(NamedTuple):
    """Why launch ends a run. kind: "cap", "nan", "hang", "signal" or "steps"."""

    kind: str
    sentence: str


@dataclass(frozen=True)
class Ended:
    """How a launched run ended: "completed", "crashed", or the kind of a Stop."""

    kind: str
    code: int
    record: dict[str, Any]
    num_alarms: int
    has_stepped: bool
    spent: Spent


def exit_code(kind: str, received: Sequence[Signals]) -> int:
    """Return launch's own exit code: 0 done, 1 failed, 128 and the number of a signal it got."""
    if kind == "signal":
        return 128 + received[0]
    return 0 if kind in ("completed", "steps") else 1


def loss_is_broken(run: Run | None) -> bool:
    """Return whether a loss that is not finite was logged."""
    loss = None if run is None else run.get("loss")
    return loss is not None and not bool(np.isfinite(loss.value).all())
