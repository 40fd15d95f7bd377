"""How many more runs would settle a comparison that is inconclusive."""

from __future__ import annotations

import math
from dataclasses import dataclass

from neural_trainer.study.estimates import Estimate
from neural_trainer.study.power import MOST_RUNS, power, runs_needed

POWER = 0.8


@dataclass(frozen=True)
class Further:
    """Runs a side still needed. count: None where no number can be told, `why` says why.

    effect: the true difference that they would find with a chance of POWER.
    """

    count: int | None
    effect: float | None
    why: str


def further_runs(estimate: Estimate, paired: bool, margin: float | None, level: float) -> Further:
    """Return the runs that a difference as large as the margin needs, else as the one seen.

    The scatter is taken as it was seen: from three runs it is known to a factor of 2 or so.
    """
    n, m = estimate.num_before, estimate.num_after
    if not math.isfinite(estimate.error) or estimate.method == "blocks t":
        more = max(1, 3 - min(n, m))
        return Further(more, None, "then the noise between seeds is known, which nothing tells now")
    effect = margin if margin is not None else abs(estimate.difference)
    if effect == 0:
        return Further(None, None, "no difference was seen at all: state a --margin")
    if estimate.error == 0:
        return Further(1, effect, "the runs do not scatter")
    deviation = estimate.error * math.sqrt(n if paired else n * m / (n + m))
    needed = runs_needed(lambda k: power(effect, deviation, k, paired=paired, level=level), POWER)
    if needed is None:
        return Further(None, effect, f"more than {MOST_RUNS:,} runs a side")
    more = max(1, needed - min(n, m))
    return Further(more, effect, f"to find a true difference of {effect:.3g} four times in five")
