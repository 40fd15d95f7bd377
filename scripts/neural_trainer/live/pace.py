"""When the complete set is taken: every K steps, as a budget allows, and closely after an alarm."""

from __future__ import annotations

import math

CLOSELY = 20  # steps after an alarm at which the complete set is taken each time
LEAST = 0.25  # of the budget is left to the sets, whatever steps cost besides
_SPARSEST = 1000  # steps between two, at most: a run of one epoch still shows its course


class Pace:
    """Says at which steps the complete set is due: the first, and then every K.

    every: K; None lets the measured costs choose it, so that they and what each step costs besides
    are `budget` of a step's time.
    """

    def __init__(self, every: int | None, budget: float) -> None:
        self._every, self._budget = every, budget
        self._interval = every or 10
        self._next = 1
        self._closely_until = 0
        self._cost_s = self._step_s = self._upkeep_s = math.nan

    def is_due(self, step: int) -> bool:
        """Return whether the complete set is to be taken at `step`."""
        return step >= self._next or step <= self._closely_until

    def taken(self, step: int) -> None:
        """The set was taken at `step`."""
        if self._every is None and self._step_s > 0 and math.isfinite(self._cost_s):
            whole_s = self._budget * self._step_s
            upkeep_s = 0.0 if math.isnan(self._upkeep_s) else self._upkeep_s
            wanted = math.ceil(self._cost_s / max(whole_s - upkeep_s, whole_s * LEAST))
            self._interval = min(max(wanted, 1), _SPARSEST)
        self._next = step - step % self._interval + self._interval

    def observe_cost(self, cost_s: float) -> None:
        """Take what one set cost in seconds: the running mean of the last few counts."""
        self._cost_s = _smoothed(self._cost_s, cost_s)

    def observe_upkeep(self, upkeep_s: float) -> None:
        """Take what a step cost besides its set and its norm; a judgement counts for twice that."""
        self._upkeep_s = _smoothed(self._upkeep_s, min(upkeep_s, 2 * _known(self._upkeep_s)))

    def observe_step(self, step_s: float) -> None:
        """Take how long a step took, in seconds; what was a pause counts for two steps at most."""
        self._step_s = _smoothed(self._step_s, min(step_s, 2 * _known(self._step_s)))

    def look_closely(self, step: int) -> None:
        """Something went wrong at `step`: take the set at each of the next steps."""
        self._closely_until = step + CLOSELY


def _smoothed(old: float, new: float) -> float:
    return new if math.isnan(old) else old + 0.2 * (new - old)


def _known(seconds: float) -> float:
    return math.inf if math.isnan(seconds) else seconds
